//! Addresses of a forge's interface, as far as they are known before anything runs.

/// What stands for something that only a run knows.
pub const HOLE: char = '\u{0}';
/// What stands for exactly one segment that only a run knows.
pub const ONE: char = '\u{1}';

/// What an address leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address<Path> {
    Rest(Path),
    GraphQl,
    /// Not the interface of this forge.
    Elsewhere,
    /// Nobody can say before it runs.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    Text(String),
    /// A number or the like: no word of the interface.
    One,
    /// With something in it that is known only when it runs.
    Hole,
}

/// The segments of a path; `None` where not even the first is known.
pub fn segments(path: &str) -> Option<Vec<Segment>> {
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let segments: Vec<Segment> = segments
        .map(|segment| match segment {
            _ if segment.contains(HOLE) => Segment::Hole,
            _ if segment.contains(ONE) || segment.starts_with('{') => Segment::One,
            text => Segment::Text(text.to_owned()),
        })
        .collect();
    matches!(segments.first(), Some(Segment::Text(_))).then_some(segments)
}
