//! Reads plain GraphQL queries.

use serde_json::Value;

/// Selections of a query; an alias is not supported.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    pub(crate) name: String,
    pub(crate) arguments: String,
    pub(crate) inside: Vec<Selection>,
}

impl Selection {
    /// The text behind `name:` in the arguments, or of the variable that stands there.
    pub(crate) fn argument(&self, name: &str, variables: &Value) -> Option<String> {
        let value = self.arguments.split_once(name)?.1.trim_start().strip_prefix(':')?.trim();
        match value.strip_prefix('$') {
            Some(name) => {
                let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                variables[name.as_str()].as_str().map(str::to_owned)
            }
            None => value.strip_prefix('"')?.split('"').next().map(str::to_owned),
        }
    }
}

/// Reads `query name(...) { a b(x: 1) { c } }`. Mutations, fragments and aliases are not read.
pub(crate) fn parse(query: &str) -> Option<Vec<Selection>> {
    let text = query.trim_start();
    let start = text.find('{')?;
    if !(text[..start].trim().is_empty() || text.starts_with("query")) {
        return None;
    }
    let mut rest = text[start + 1..].chars().peekable();
    selections(&mut rest, 0)
}

const DEEPEST: usize = 8;

fn selections(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, depth: usize) -> Option<Vec<Selection>> {
    let mut found: Vec<Selection> = Vec::new();
    loop {
        match rest.next()? {
            '}' => return Some(found),
            '{' if depth < DEEPEST => found.last_mut()?.inside = selections(rest, depth + 1)?,
            '(' => found.last_mut()?.arguments = rest.by_ref().take_while(|c| *c != ')').collect(),
            c if c.is_whitespace() || c == ',' => {}
            c if c.is_alphabetic() || c == '_' => {
                let mut name = String::from(c);
                while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                found.push(Selection { name, ..Selection::default() });
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_query_with_arguments_and_nesting_is_read() {
        let query = "query ($p: ID!) { project(fullPath: $p) { userPermissions { pushCode } } }";
        let found = parse(query).expect("a plain query");
        assert_eq!(found[0].inside[0].inside[0].name, "pushCode");
        assert_eq!(found[0].argument("fullPath", &json!({ "p": "a/b" })).as_deref(), Some("a/b"));
    }

    #[test]
    fn a_mutation_is_not_read() {
        assert!(parse("mutation { noteCreate { id } }").is_none());
    }
}
