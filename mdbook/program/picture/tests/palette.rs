//! The colours and sizes of the style sheet.

use std::collections::BTreeMap;

use regex::Regex;

const CSS: &str = include_str!("../../../theme/pictures.css");

/// The sets of colours with numbers: not those of forced colours.
fn palettes() -> Vec<BTreeMap<String, [f64; 3]>> {
    let set = Regex::new(r"\{\s*((?:--p-[a-z]+:[^;}]+;\s*)+)\}").unwrap();
    let color = Regex::new(r"--p-([a-z]+):\s*#([0-9a-f]{3,6});").unwrap();
    let all = set.captures_iter(CSS).map(|set| {
        let colors = color.captures_iter(&set[1]);
        colors
            .map(|color| (color[1].to_string(), rgb(&color[2])))
            .collect()
    });
    all.filter(|set: &BTreeMap<_, _>| !set.is_empty()).collect()
}

fn rgb(hex: &str) -> [f64; 3] {
    let step = hex.len() / 3;
    [0, 1, 2].map(|place| {
        let digits = &hex[place * step..(place + 1) * step];
        let digits = if step == 1 {
            digits.repeat(2)
        } else {
            digits.to_string()
        };
        f64::from(u8::from_str_radix(&digits, 16).unwrap()) / 255.0
    })
}

fn luminance(color: [f64; 3]) -> f64 {
    let [red, green, blue] = color.map(|part| match part {
        ..=0.04045 => part / 12.92,
        _ => ((part + 0.055) / 1.055).powf(2.4),
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_set_has_all_colors() {
    let sets = palettes();
    // Light, dark, dark without script, print.
    assert_eq!(sets.len(), 4);
    for set in &sets {
        assert_eq!(set.len(), 14, "{:?}", set.keys());
    }
    let forced = &CSS[CSS.find("forced-colors").unwrap()..];
    for name in sets[0].keys() {
        assert!(
            forced.contains(&format!("--p-{name}:")),
            "{name} in forced colours"
        );
    }
}

/// Text at 4.5 to 1, shapes at 3 to 1, as WCAG asks.
#[test]
fn colors_have_contrast() {
    for set in palettes() {
        let least = |one: &str, other: &str, least: f64| {
            let is = contrast(set[one], set[other]);
            assert!(is >= least, "{one} on {other}: {is:.2} of {least}");
        };
        for ground in ["page", "soft", "badbg", "goodbg"] {
            least("ink", ground, 4.5);
        }
        for text in ["quiet", "bad", "good", "call", "now"] {
            least(text, "page", 4.5);
        }
        for ground in ["work", "good", "bad", "call"] {
            least("on", ground, 4.5);
        }
        for shape in ["rule", "work"] {
            least(shape, "page", 3.0);
        }
        least("rule", "soft", 3.0);
    }
}

/// `--r` is 16 px.
#[test]
fn text_has_at_least_eleven_pixels() {
    let size = Regex::new(r"font(?:-size)?: calc\(([\d.]+) \* var\(--r\)\)").unwrap();
    let sizes: Vec<f64> = (size.captures_iter(CSS))
        .map(|found| found[1].parse::<f64>().unwrap() * 16.0)
        .collect();
    assert!(sizes.len() > 5);
    assert!(sizes.iter().all(|size| *size >= 11.0), "{sizes:?}");
    let all = CSS.matches("font-size:").count() + CSS.matches("font:").count();
    assert_eq!(sizes.len(), all, "a size that does not hang on --r");
}
