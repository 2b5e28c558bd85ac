//! What the markup of all pages has in common.

const STYLE: &str = ":root{color-scheme:light dark}\
body{font:1.05rem/1.55 system-ui,sans-serif;max-width:44rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}\
header,footer{opacity:.85}h1{line-height:1.2}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-bottom:1px solid #8886}\
code{font-size:.9em}.card{border:1px solid #8886;border-radius:.5rem;padding:.1rem 1rem;margin:.8rem 0}\
.board-wrapper dd{margin:.8rem 0;padding:.1rem 1rem;border:1px solid #8886;border-radius:.5rem}\
nav a{margin-right:1rem}";

/// A whole page. `title` and `main` are markup.
pub(crate) fn document(title: &str, main: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header><a href=\"/\">Videos for crawlers</a></header>\n\
         <main>\n{main}</main>\n\
         <footer><p>Everything here is made up by a program on this machine.</p></footer>\n\
         </body>\n</html>\n"
    )
}

/// A page with a headline and a sentence. `text` is markup.
pub(crate) fn message(title: &str, text: &str) -> String {
    document(title, &format!("<h1>{title}</h1>\n<p>{text}</p>\n"))
}

/// The text with the entities that markup needs.
pub(crate) fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut text, c| {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            _ => text.push(c),
        }
        text
    })
}

/// The text with further entities, as people and their programs write them:
/// named, decimal, hexadecimal.
pub(crate) fn with_entities(text: &str) -> String {
    let replaced = [
        ("é", "&eacute;"),
        ("è", "&egrave;"),
        ("ü", "&uuml;"),
        ("ö", "&ouml;"),
        ("ï", "&iuml;"),
        ("ñ", "&ntilde;"),
        ("æ", "&aelig;"),
        ("½", "&frac12;"),
        ("’", "&#8217;"),
        ("–", "&#8211;"),
        ("·", "&#xB7;"),
        ("«", "&laquo;"),
        ("»", "&raquo;"),
        ("“", "&#x201C;"),
        ("”", "&rdquo;"),
    ];
    (replaced.iter()).fold(escaped(text), |text, (plain, entity)| {
        text.replace(plain, entity)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped() {
        assert_eq!(with_entities("<é & ’>"), "&lt;&eacute; &amp; &#8217;&gt;");
    }
}
