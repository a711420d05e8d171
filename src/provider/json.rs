//! Strict JSON: no repeated keys, no deep nesting, nothing after the end. A forge that sends such is not believed.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::app::ports::Reply;

/// Reads one JSON value. Says why not in our own words; nothing of the input is repeated.
pub fn parse(bytes: &[u8]) -> Result<Value, &'static str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err("it is empty");
    }
    // serde_json stops at a depth of 128 by itself.
    let strict: Strict = serde_json::from_slice(bytes).map_err(|error| {
        if error.is_eof() {
            "it ends in the middle"
        } else if error.is_data() {
            "it names a key twice"
        } else {
            "it is not well-formed JSON"
        }
    })?;
    Ok(strict.0)
}

pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

pub(crate) fn number(value: &Value, key: &str) -> Option<u64> {
    value.get(key).and_then(Value::as_u64)
}

/// A list of words, or nothing where it is anything else (A-02).
pub(crate) fn words(value: &Value, key: &str) -> Option<BTreeSet<String>> {
    value.get(key)?.as_array()?.iter().map(|word| word.as_str().map(str::to_owned)).collect()
}

/// Names come from strangers; a report is no place for a megabyte of them (A-07).
pub(crate) fn shorten(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// An object that came as JSON: pages of proxies come with 200 too.
pub(crate) fn object(reply: &Reply) -> Result<Value, String> {
    let kind = reply.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if kind.contains("html") {
        let page = "a web page came where an answer was due: a sign-in page, a proxy, or not the address of the forge";
        return Err(page.to_owned());
    }
    match parse(&reply.body) {
        Err(why) => Err(format!("the answer cannot be read: {why}")),
        Ok(_) if !kind.contains("json") => Err("the answer does not come as JSON".to_owned()),
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err("the answer is JSON, but not an object".to_owned()),
    }
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(value)) = access.next_element()? {
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let Strict(value) = access.next_value()?;
            if map.insert(key, value).is_some() {
                return Err(A::Error::custom("repeated key"));
            }
        }
        Ok(Value::Object(map))
    }
}

/// Is it an answer to a question? A list may be empty; an empty object tells nothing (A-04).
pub(crate) fn says_something(value: &Value) -> bool {
    value.is_array() || value.as_object().is_some_and(|object| !object.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_01_a_repeated_key_is_refused() {
        assert_eq!(parse(br#"{"active":true,"active":false}"#), Err("it names a key twice"));
    }

    #[test]
    fn a_04_empty_and_trailing_text_are_refused() {
        assert_eq!(parse(b" \n"), Err("it is empty"));
        assert!(parse(b"{} <html>").is_err());
    }

    #[test]
    fn a_05_deep_nesting_is_refused_and_a_long_list_is_not() {
        assert!(parse("[".repeat(10_000).as_bytes()).is_err());
        let list = format!("[{}0]", "0,".repeat(1_000_000));
        assert!(parse(list.as_bytes()).is_ok());
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert!(parse(b"\xEF\xBB\xBF{}").is_ok());
    }
}
