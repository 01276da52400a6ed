//! The hostile inventory as a spreadsheet program reads it: needs `soffice`, and therefore is run by
//! `make spreadsheet` only.

#![cfg(test)]

mod hostile;

use std::process::{Command, Stdio};

use hostile::{LANGUAGES, hostile, reports, world, written};
use unmoor::report::Format;

const TABLE: &str = "urn:oasis:names:tc:opendocument:xmlns:table:1.0";

/// The text of each cell, and whether any is worked out.
fn cells(document: &str) -> (Vec<Vec<String>>, usize) {
    let document = roxmltree::Document::parse(document).unwrap();
    let formulas = document.descendants().filter(|node| node.has_attribute((TABLE, "formula"))).count();
    let repeated = |node: roxmltree::Node<'_, '_>, name: &str| -> usize {
        node.attribute((TABLE, name)).map_or(1, |n| n.parse().unwrap())
    };
    let rows = document.descendants().filter(|node| node.has_tag_name((TABLE, "table-row")));
    let texts = rows.map(|row| {
        let mut texts = Vec::new();
        for cell in row.children().filter(|node| node.has_tag_name((TABLE, "table-cell"))) {
            let paragraphs = cell.children().filter(|node| node.tag_name().name() == "p");
            // Several blanks are written as an element.
            let of = |paragraph: roxmltree::Node<'_, '_>| -> String {
                paragraph
                    .descendants()
                    .map(|node| {
                        if node.tag_name().name() == "s" {
                            let n = node.attributes().next().map_or(1, |a| a.value().parse().unwrap());
                            " ".repeat(n)
                        } else {
                            node.text().filter(|_| node.is_text()).unwrap_or_default().to_owned()
                        }
                    })
                    .collect()
            };
            let text = paragraphs.map(of).collect::<Vec<_>>().join(" ");
            let times = repeated(cell, "number-columns-repeated");
            texts.extend(std::iter::repeat_n(text, times.min(64)));
        }
        while texts.last().is_some_and(String::is_empty) {
            texts.pop();
        }
        texts
    });
    (texts.filter(|row| !row.is_empty()).collect(), formulas)
}

#[test]
#[ignore = "needs LibreOffice; `make spreadsheet` runs it"]
fn a_spreadsheet_takes_no_cell_for_a_formula() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(hostile());
    for (number, report) in reports(&world).iter().enumerate() {
        for language in LANGUAGES {
            let text = written(report, Format::Csv, language);
            let path = folder.path().join(format!("{number}.csv"));
            std::fs::write(&path, &text).unwrap();
            let converted = Command::new("soffice")
                .arg(format!("-env:UserInstallation=file://{}/profile", folder.path().display()))
                .args(["--headless", "--infilter=CSV:44,34,76,1", "--convert-to", "fods", "--outdir"])
                .arg(folder.path())
                .arg(&path)
                .stdout(Stdio::null())
                .status()
                .expect("LibreOffice is installed");
            assert!(converted.success());
            let read = std::fs::read_to_string(folder.path().join(format!("{number}.fods"))).unwrap();
            let (rows, formulas) = cells(&read);
            assert_eq!(formulas, 0);
            let text = text.trim_start_matches('\u{feff}');
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let ours: Vec<Vec<String>> = reader
                .records()
                .map(|record| {
                    let mut cells: Vec<String> = record.unwrap().iter().map(str::to_owned).collect();
                    while cells.last().is_some_and(String::is_empty) {
                        cells.pop();
                    }
                    cells
                })
                .collect();
            assert_eq!(rows.len(), ours.len());
            for (row, ours) in rows.iter().zip(&ours) {
                assert_eq!(row.len(), ours.len(), "{row:#?}\n{ours:#?}");
                for (cell, ours) in row.iter().zip(ours) {
                    // Times and numbers are shown as the spreadsheet writes them.
                    let shown = ours.parse::<f64>().is_ok() || ours.ends_with('Z') || cell == ours;
                    assert!(shown, "{cell:?} for {ours:?}");
                }
            }
        }
    }
}
