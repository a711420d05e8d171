//! Tables of routes: path templates, which row a path belongs to, and how a table is read.

/// Values of the `:names` of a template.
pub(crate) type Parameters = Vec<(&'static str, String)>;

#[derive(Debug)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Literal(&'static str),
    /// `:name`, or `:name.suffix`.
    One(&'static str, &'static str),
    /// `*name`: one segment or more.
    Many(&'static str),
}

impl Template {
    pub(crate) fn new(path: &'static str) -> Self {
        let part = |text: &'static str| match (text.strip_prefix(':'), text.strip_prefix('*')) {
            (Some(name), _) => {
                let (name, suffix) = name.find('.').map_or((name, ""), |at| name.split_at(at));
                Part::One(name, suffix)
            }
            (None, Some(name)) => Part::Many(name),
            (None, None) => Part::Literal(text),
        };
        Self { parts: path.split('/').filter(|text| !text.is_empty()).map(part).collect() }
    }

    /// Segments of a path that matches, for the tests of the table.
    #[cfg(test)]
    pub(crate) fn filled(&self, value: impl Fn(&str) -> &'static str) -> Vec<String> {
        let segment = |part: &Part| match part {
            Part::Literal(text) => (*text).to_owned(),
            Part::One(name, suffix) => format!("{}{suffix}", value(name)),
            Part::Many(name) => value(name).to_owned(),
        };
        self.parts.iter().map(segment).collect()
    }

    fn matched(&self, segments: &[String]) -> Option<Parameters> {
        let mut found = Vec::new();
        matches(&self.parts, segments, &mut found).then_some(found)
    }

    /// Sorts templates that match the same path: the more literal one first.
    fn looseness(&self) -> Vec<u8> {
        let rank = |part: &Part| match part {
            Part::Literal(_) => 0,
            Part::One(_, suffix) => 2 - u8::from(!suffix.is_empty()),
            Part::Many(_) => 3,
        };
        self.parts.iter().map(rank).collect()
    }
}

fn matches(parts: &[Part], segments: &[String], found: &mut Parameters) -> bool {
    let (Some((part, parts)), Some((segment, rest))) = (parts.split_first(), segments.split_first()) else {
        return parts.is_empty() && segments.is_empty();
    };
    match part {
        Part::Literal(text) => text == segment && matches(parts, rest, found),
        Part::One(name, suffix) => {
            let Some(value) = segment.strip_suffix(suffix) else { return false };
            found.push((name, value.to_owned()));
            matches(parts, rest, found)
        }
        Part::Many(name) => (1..=segments.len()).any(|count| {
            let before = found.len();
            found.push((name, segments[..count].join("/")));
            let fits = matches(parts, &segments[count..], found);
            if !fits {
                found.truncate(before);
            }
            fits
        }),
    }
}

/// The row for a path: of several that match, the one whose template is most literal.
pub(crate) fn best<T>(
    rows: impl Iterator<Item = &'static T>,
    segments: &[String],
    template: impl Fn(&T) -> &Template,
) -> Option<(&'static T, Parameters)> {
    rows.filter_map(|row| Some((row, template(row).matched(segments)?)))
        .min_by_key(|(row, _)| template(row).looseness())
}

/// Reads a table, leaving out comments and the line of column names.
pub(crate) fn rows<T>(text: &'static str, read: impl Fn(&[&'static str]) -> Option<T>) -> Vec<T> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .skip(1)
        .map(|line| {
            let cells: Vec<&'static str> = line.split(',').collect();
            read(&cells).unwrap_or_else(|| panic!("the sandbox's own table has a wrong line: {line}"))
        })
        .collect()
}
