#!/usr/bin/env python3
"""Makes the embedded font subsets from Debian's packages fonts-inter and fonts-noto-cjk.

    pip install fonttools
    apt-get install fonts-inter fonts-noto-cjk
    python3 assets/fonts/make-subset.py

Inter keeps Latin, Greek, Cyrillic, punctuation and arrows; its digits are replaced by the tabular ones,
so that numbers in columns line up. Noto Sans CJK SC keeps GB 2312 (6,763 Hanzi, both levels), CJK
punctuation, full-width forms, and whatever else the translations use.
"""
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

HERE = Path(__file__).resolve().parent
LOCALES = HERE.parent.parent / "locales"
INTER = Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts/opentype/inter")
CJK = Path(sys.argv[2] if len(sys.argv) > 2 else "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


def span(*ranges):
    return {c for low, high in ranges for c in range(low, high + 1)}


LATIN = span((0x20, 0x7E), (0xA0, 0x17F), (0x218, 0x21B), (0x2010, 0x2027), (0x2030, 0x203A), (0x20AC, 0x20AC))
SIGNS = span((0x2190, 0x2193), (0x2116, 0x2116), (0x2122, 0x2122), (0x2212, 0x2212), (0x2260, 0x2265))
GREEK_CYRILLIC = span((0x384, 0x3CE), (0x400, 0x45F), (0x490, 0x491))


def gb2312():
    found = set()
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes([high, low]).decode("gb2312")))
            except UnicodeDecodeError:
                pass
    return found


def cut(font, keep, target):
    options = subset.Options()
    options.hinting = False
    options.desubroutinize = False
    options.layout_features = ["kern"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=keep)
    cutter.subset(font)
    font.save(target)
    print(f"{target.name}: {target.stat().st_size:,} bytes, {len(keep):,} characters asked for")


def tabular_digits(font):
    """Points the digits at the glyphs that the feature `tnum` would put there."""
    lookups = font["GSUB"].table.LookupList.Lookup
    for record in font["GSUB"].table.FeatureList.FeatureRecord:
        if record.FeatureTag != "tnum":
            continue
        for index in record.Feature.LookupListIndex:
            for table in lookups[index].SubTable:
                table = getattr(table, "ExtSubTable", table)
                for cmap in font["cmap"].tables:
                    for code in range(ord("0"), ord("9") + 1):
                        name = cmap.cmap.get(code)
                        cmap.cmap[code] = table.mapping.get(name, name)


used = {ord(c) for path in LOCALES.glob("*.yml") for c in path.read_text(encoding="utf-8")}

for weight, keep in (("Regular", LATIN | SIGNS | GREEK_CYRILLIC), ("SemiBold", LATIN | SIGNS)):
    inter = TTFont(INTER / f"Inter-{weight}.otf")
    tabular_digits(inter)
    cut(inter, keep, HERE / f"Inter-{weight}.subset.otf")

simplified = next(f for f in TTCollection(CJK).fonts if f["name"].getDebugName(4) == "Noto Sans CJK SC")
cjk = gb2312() | span((0x3000, 0x3017), (0xFF01, 0xFF5E), (0x2014, 0x2026), (0xB7, 0xB7))
cut(simplified, cjk | {c for c in used if c >= 0x2E80}, HERE / "NotoSansSC-Regular.subset.otf")
