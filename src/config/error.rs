//! What is wrong with a configuration file, and where. Values that failed are never repeated (R17, R23).

use std::fmt;

use crate::domain::finding::Place;

/// One complaint about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub place: Place,
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, line, column } = &self.place;
        write!(formatter, "{file}:{line}:{column}: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, "\n  hint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Every complaint about one file, in the order of its lines. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            error.fmt(formatter)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

/// A place inside the file being read, counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) line: u32,
    pub(super) column: u32,
}

impl Spot {
    pub(super) const START: Self = Self { line: 1, column: 1 };

    pub(super) fn in_file(self, file: &str) -> Place {
        Place { file: file.to_owned(), line: self.line, column: self.column }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// Gathers complaints, so that a user sees all of them at once.
#[derive(Debug)]
pub(super) struct Complaints {
    file: String,
    gathered: Vec<ConfigError>,
    /// Places of literal secrets. They have their own complaint, and need no other.
    closed: Vec<Spot>,
}

impl Complaints {
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), gathered: Vec::new(), closed: Vec::new() }
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }

    pub(super) fn add(&mut self, spot: Spot, message: impl Into<String>) {
        self.push(spot, message.into(), None);
    }

    pub(super) fn add_with_hint(&mut self, spot: Spot, message: impl Into<String>, hint: impl Into<String>) {
        self.push(spot, message.into(), Some(hint.into()));
    }

    /// Complains, and drops whatever else is said of this place.
    pub(super) fn close(&mut self, spot: Spot, message: impl Into<String>, hint: impl Into<String>) {
        self.add_with_hint(spot, message, hint);
        self.closed.push(spot);
    }

    fn push(&mut self, spot: Spot, message: String, hint: Option<String>) {
        if !self.closed.contains(&spot) {
            self.gathered.push(ConfigError { place: spot.in_file(&self.file), message, hint });
        }
    }

    pub(super) fn into_errors(mut self) -> ConfigErrors {
        self.gathered.sort_by(|one, other| one.place.cmp(&other.place));
        ConfigErrors(self.gathered)
    }

    /// The value, if nobody complained.
    pub(super) fn finish<T>(self, value: T) -> Result<T, ConfigErrors> {
        if self.gathered.is_empty() { Ok(value) } else { Err(self.into_errors()) }
    }
}
