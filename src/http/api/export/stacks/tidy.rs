//! The last touches to generated code: imports it needs, and no gaps where parts were left out.

/// The code without what a template could not know: a line `import [[A, B]]` keeps those of its
/// names that occur in other lines, and goes if none does. In Python two blank lines stand before a
/// definition.
pub fn tidy(code: &str, is_python: bool) -> String {
    let is_open = |line: &&str| line.contains("[[") && line.contains("]]");
    let others: Vec<&str> = code.lines().filter(|line| !is_open(line)).collect();
    let mut others = others.join("\n");
    // From below, since what is imported above may be used by such a line below it.
    let mut lines: Vec<String> = Vec::new();
    for line in code.lines().rev() {
        if !is_open(&line) {
            lines.push(inline(line.trim_end()));
        } else if let Some(kept) = with_used(line, &others) {
            others = format!("{others}\n{kept}");
            lines.push(kept);
        }
    }
    let mut out = String::new();
    let mut blank = false;
    for line in lines.iter().rev() {
        add(&mut out, line, &mut blank, is_python);
    }
    out
}

/// Adds a line: no blank line after an opening bracket, none before a closing one, and one, or in
/// Python two, where there were several.
fn add(out: &mut String, line: &str, blank: &mut bool, is_python: bool) {
    const DEFINITIONS: [&str; 5] = ["class ", "def ", "async def ", "@", "urlpatterns"];
    if line.is_empty() {
        *blank = !out.is_empty();
        return;
    }
    let opened = out.trim_end_matches('\n').ends_with(['{', '(', '[']);
    let closes = line.trim_start().starts_with(['}', ')', ']']);
    let goes_on = is_python
        && ["except ", "else:"]
            .iter()
            .any(|it| line.trim_start().starts_with(it));
    if *blank && !opened && !closes && !goes_on {
        out.push('\n');
        if is_python && DEFINITIONS.iter().any(|it| line.starts_with(it)) {
            out.push('\n');
        }
    }
    *blank = false;
    out.push_str(line);
    out.push('\n');
}

/// What empty lists leave inside a line.
fn inline(line: &str) -> String {
    line.replace(", )", ")")
        .replace("{  }", "{}")
        .replace("(, ", "(")
}

/// A line with those of its names that are used; nothing if none is.
fn with_used(line: &str, code: &str) -> Option<String> {
    let (before, rest) = line.split_once("[[")?;
    let (names, after) = rest.split_once("]]")?;
    let used: Vec<&str> = names
        .split(", ")
        .filter(|name| {
            // The last part of a path, or what it is imported as.
            let own = name
                .rsplit(['/', '.', ':', ' ', '\\'])
                .next()
                .unwrap_or(name);
            // Go imports a path in quotes, and calls what is in it by the path's last name.
            match before.ends_with('"') || before.contains("\"github.com") {
                true => code.contains(&format!("{own}.")),
                false => occurs(code, own),
            }
        })
        .collect();
    let single = before.strip_suffix('{').zip(after.strip_prefix('}'));
    match (used.as_slice(), single) {
        ([], _) => None,
        ([name], Some((before, after))) => Some(format!("{before}{name}{after}")),
        _ => Some(format!("{before}{}{after}", used.join(", "))),
    }
}

/// Whether a name occurs as a word.
fn occurs(code: &str, name: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        let after = code
            .get(at + name.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(inside) && !after.is_some_and(inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_that_are_not_used_go_and_gaps_close() {
        let code = "import { [[A, Bee]] } from \"x\";\nimport [[c]];\nimport \"[[go/d]]\"\n\n\n\nfn() {\n\n  A(d.Go(1, ));\n\n}\n";
        let wanted = "import { A } from \"x\";\nimport \"go/d\"\n\nfn() {\n  A(d.Go(1));\n}\n";
        assert_eq!(tidy(code, false), wanted);
        let code = "use [[Uri]];\nuse c::{[[D, E]]};\nfn f(\n    [[uri]]: Uri,\n    [[x]]: X,\n) { D(uri) }\n";
        let wanted = "use Uri;\nuse c::D;\nfn f(\n    uri: Uri,\n) { D(uri) }\n";
        assert_eq!(tidy(code, false), wanted);
    }
}
