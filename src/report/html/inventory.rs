//! The inventory: what it comes to, the table of images, the map of the bytes, and the picture where it says
//! something.

use std::io::{self, Write};

use super::drawings;
use super::parts::{Table, Tone, breakable, pill, section, short, size, whys};
use crate::model::{Bytes, ImageIx};
use crate::report::Report;
use crate::report::escape::xml;
use crate::report::rows::{ContainerRow, Head, ImageRow, Images, NameRow, Totals};
use crate::words::{self, tr};

pub const IMAGES: Table = Table {
    class: "sortable images",
    heads: &[
        ("kind.image", ""),
        ("report.containers", ""),
        ("column.own", "num"),
        ("column.size", "num"),
        ("report.created", ""),
        ("column.verdict", ""),
        ("report.why_kept", ""),
    ],
};
/// Names and containers beyond these are folded.
const SHOWN: usize = 4;

pub fn write(
    report: &Report,
    images: &[ImageIx],
    head: &Head,
    progress: &dyn Fn(usize, usize),
    out: &mut dyn Write,
) -> io::Result<()> {
    let title = tr!("report.inventory");
    super::begin(head, &title, &xml(&title), out)?;
    let rows = Images::of(report, images, progress);
    totals(&rows.totals, out)?;
    section(out, &tr!("report.images"), Some(rows.len()))?;
    if rows.is_empty() {
        return writeln!(out, "<p class=\"card pad muted\">{}</p></section>", xml(&rows.why_empty()));
    }
    writeln!(out, "<div class=\"card\">")?;
    controls(&rows.totals, out)?;
    IMAGES.begin(&tr!("report.images"), rows.len(), out)?;
    let most = images.iter().filter_map(|ix| report.world.image(*ix)?.size).map(|b| b.0).max().unwrap_or(0);
    for row in rows.rows() {
        write_row(&row, most, out)?;
    }
    Table::end(out)?;
    writeln!(out, "</div>\n</section>")?;
    drawings::map(report, out)?;
    drawings::picture(report, images, None, out)
}

fn totals(totals: &Totals, out: &mut dyn Write) -> io::Result<()> {
    let Totals { images, names, containers, removable, refused, unknown, protected, size_bytes } = totals;
    write!(out, "<section><dl class=\"card tiles\">")?;
    let mut tile = |class: &str, key: &str, value: &str| {
        write!(out, "<div class=\"{class}\"><dt>{}</dt><dd>{}</dd></div>", xml(&tr!(key)), xml(value))
    };
    let n = |n: &usize| words::thousands(*n);
    tile("", "report.images", &n(images))?;
    tile("", "report.names", &n(names))?;
    tile("", "report.containers", &n(containers))?;
    tile("safe", "report.can_go", &n(removable))?;
    tile("warn", "report.held", &n(refused))?;
    if *unknown > 0 {
        tile("", "report.untold", &n(unknown))?;
    }
    if *protected > 0 {
        tile("accent", "report.kept", &n(protected))?;
    }
    if let Some(bytes) = size_bytes {
        tile("", "report.all_layers", &Bytes(*bytes).to_string())?;
    }
    writeln!(out, "</dl></section>")
}

fn controls(totals: &Totals, out: &mut dyn Write) -> io::Result<()> {
    let form = tr!("report.shown");
    write!(
        out,
        "<div class=\"controls\"><input type=\"search\" aria-label=\"{0}\" placeholder=\"{0}\">",
        xml(&tr!("report.filter"))
    )?;
    write!(out, "<fieldset><legend class=\"sr\">{}</legend>", xml(&tr!("report.kinds")))?;
    let kinds = [
        ("removable", "report.can_go", totals.removable),
        ("refused", "report.held", totals.refused),
        ("unknown", "report.untold", totals.unknown),
        ("protected", "report.kept", totals.protected),
    ];
    for (value, key, count) in kinds {
        if count > 0 {
            write!(
                out,
                "<label class=\"chip\"><input type=\"checkbox\" value=\"{value}\"><span>{} {}</span></label>",
                xml(&tr!(key)),
                words::thousands(count)
            )?;
        }
    }
    writeln!(
        out,
        "</fieldset><span class=\"shown\" role=\"status\" data-form=\"{}\"></span></div>",
        xml(&form)
    )
}

fn write_row(row: &ImageRow, most: u64, out: &mut dyn Write) -> io::Result<()> {
    let ImageRow { id, called, names, containers, created, own_bytes, size_bytes, .. } = row;
    let protected = row.why_kept.iter().any(|why| why.code == "protected");
    let kinds = if protected { format!("{} protected", row.verdict) } else { row.verdict.to_string() };
    let first = names.first().map_or(called.as_str(), |name| name.shown.as_str());
    write!(out, "<tr data-kinds=\"{kinds}\"><td data-value=\"{}\">", xml(&first.to_lowercase()))?;
    write_names(id, called, names, out)?;
    write!(
        out,
        "</td><td data-value=\"{}\">",
        if containers.is_empty() { String::new() } else { containers.len().to_string() }
    )?;
    write_containers(containers, out)?;
    let number = |bytes: &Option<u64>| bytes.map(|b| b.to_string()).unwrap_or_default();
    write!(out, "</td><td class=\"num\" data-value=\"{}\">{}</td>", number(own_bytes), size(*own_bytes))?;
    write!(
        out,
        "<td class=\"num\" data-value=\"{}\">{}{}</td>",
        number(size_bytes),
        size(*size_bytes),
        bar(row, most)
    )?;
    let day = created.as_deref().and_then(|time| time.get(..10)).unwrap_or_default();
    write!(
        out,
        "<td data-value=\"{}\">{}</td>",
        xml(created.as_deref().unwrap_or_default()),
        if day.is_empty() { size(None) } else { format!("<time datetime=\"{0}\">{0}</time>", xml(day)) }
    )?;
    let tone = Tone::of_verdict(&row.verdict);
    write!(out, "<td>{}</td><td>{}", pill(tone, &row.verdict_words), whys(&row.why_kept))?;
    if let Some(said) = &row.engine_says {
        write!(
            out,
            "<details><summary>{}</summary><code>{}</code></details>",
            xml(&tr!("report.engine_says")),
            xml(said)
        )?;
    }
    if let Some(known) = &row.recovery {
        write!(out, "<p class=\"muted small known\">{}</p>", xml(&known.sentence()))?;
    }
    writeln!(out, "</td></tr>")
}

fn write_names(id: &str, called: &str, names: &[NameRow], out: &mut dyn Write) -> io::Result<()> {
    let item = |name: &NameRow| {
        let class = if name.tag.is_some() { "named" } else { "digest" };
        format!("<li class=\"{class}\">{}</li>", breakable(&words::short_digests(&name.shown)))
    };
    write!(out, "<ul class=\"names\">")?;
    if names.is_empty() {
        write!(out, "<li class=\"muted\">{}</li>", xml(called))?;
    }
    for name in names.iter().take(SHOWN) {
        write!(out, "{}", item(name))?;
    }
    if names.len() > SHOWN {
        let more = words::count("n.more", names.len() - SHOWN);
        write!(out, "<li><details><summary>{}</summary><ul class=\"names\">", xml(&more))?;
        for name in names.iter().skip(SHOWN) {
            write!(out, "{}", item(name))?;
        }
        write!(out, "</ul></details></li>")?;
    }
    write!(out, "<li class=\"id\">{}</li></ul>", xml(short(id)))
}

fn write_containers(containers: &[ContainerRow], out: &mut dyn Write) -> io::Result<()> {
    let item = |container: &ContainerRow| {
        let ContainerRow { name, status, compose_project, .. } = container;
        let project =
            compose_project.as_ref().map(|p| format!(" · {}", xml(&tr!("row.compose", project = p))));
        format!(
            "<li>{} <span class=\"muted small\">{}{}</span></li>",
            xml(name),
            xml(status),
            project.unwrap_or_default()
        )
    };
    if containers.is_empty() {
        return write!(out, "<span class=\"muted\">{}</span>", xml(&tr!("report.none")));
    }
    write!(out, "<ul class=\"names\">")?;
    for container in containers.iter().take(SHOWN) {
        write!(out, "{}", item(container))?;
    }
    if containers.len() > SHOWN {
        let more = words::count("n.more", containers.len() - SHOWN);
        write!(out, "<li><details><summary>{}</summary><ul class=\"names\">", xml(&more))?;
        for container in containers.iter().skip(SHOWN) {
            write!(out, "{}", item(container))?;
        }
        write!(out, "</ul></details></li>")?;
    }
    write!(out, "</ul>")
}

/// How much of the largest image it is, and how much of that is its own.
fn bar(row: &ImageRow, most: u64) -> String {
    const WIDTH: u64 = 72;
    let Some(size) = row.size_bytes.filter(|_| most > 0) else { return String::new() };
    let part =
        |bytes: u64| u64::try_from(u128::from(bytes) * u128::from(WIDTH) / u128::from(most)).unwrap_or(WIDTH);
    let (all, own) = (part(size).max(1), row.own_bytes.map_or(0, part));
    format!(
        "<svg class=\"bar\" width=\"{WIDTH}\" height=\"4\" aria-hidden=\"true\"><rect class=\"all\" x=\"{}\" \
         width=\"{all}\" height=\"4\" rx=\"2\"/><rect class=\"own\" x=\"{}\" width=\"{own}\" height=\"4\" \
         rx=\"2\"/></svg>",
        WIDTH - all,
        WIDTH - own
    )
}
