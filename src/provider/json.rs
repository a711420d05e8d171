//! Strict JSON: what a forge sends is evidence, so a text that can be read in two ways is no evidence.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Deeper than any reply of a forge, and far from the end of the stack.
const DEPTH: usize = 128;
/// A page of a hundred of the largest objects has a tenth of this.
const VALUES: usize = 250_000;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The one value that the body holds. The texts of errors never quote it.
pub fn json(body: &[u8]) -> Result<Value, &'static str> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    if body.trim_ascii().is_empty() {
        return Err("the answer is empty");
    }
    if depth(body) > DEPTH {
        return Err("the answer is nested too deeply");
    }
    let fault = Cell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(body);
    let strict = Strict { fault: &fault, left: &Cell::new(VALUES) };
    let value = strict.deserialize(&mut reader).map_err(|_| fault.get().unwrap_or("the answer is not JSON"))?;
    reader.end().map_err(|_| "the answer goes on after its JSON")?;
    Ok(value)
}

/// How deep brackets nest, counted before anything is built. Brackets inside of strings do not count.
fn depth(body: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for &byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Builds a value as serde_json does, but takes no key twice and no more values than fit.
#[derive(Clone, Copy)]
struct Strict<'f> {
    /// What was wrong, where it is more than the syntax.
    fault: &'f Cell<Option<&'static str>>,
    left: &'f Cell<usize>,
}

impl Strict<'_> {
    fn fail<E: Error>(self, fault: &'static str) -> E {
        self.fault.set(Some(fault));
        E::custom(fault)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.left.get().checked_sub(1) {
            Some(left) => self.left.set(left),
            None => return Err(self.fail("the answer holds too many values")),
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| self.fail("the answer holds a number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(self.fail("the answer gives one key twice"));
            }
            let value = entries.next_value_seed(self)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> &'static str {
        json(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn plain_json_is_read_as_serde_json_reads_it() {
        for text in [
            r#"{"a":[1,-2,3.5,true,false,null,"x\u00e4\n"],"b":{"a":{}}}"#,
            "  [ ]\n",
            "\"text\"",
            "18446744073709551615",
            "null",
        ] {
            assert_eq!(json(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap(), "{text}");
        }
    }

    #[test]
    fn a_01_a_key_given_twice_is_refused() {
        for text in [r#"{"active":true,"active":false}"#, r#"{"a":[{"b":1,"b":1}]}"#, r#"{"a":1,"\u0061":2}"#] {
            assert_eq!(refused(text), "the answer gives one key twice", "{text}");
        }
        assert!(json(br#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
    }

    #[test]
    fn a_04_what_is_not_one_value_is_refused() {
        assert_eq!(refused(""), "the answer is empty");
        assert_eq!(refused(" \r\n"), "the answer is empty");
        assert_eq!(refused("{} <html>"), "the answer goes on after its JSON");
        assert_eq!(refused("{}{}"), "the answer goes on after its JSON");
        for text in ["<html>", "{", "[1,]", "{'a':1}", "nul", "NaN", "1e999", "\"\u{1}\"", "// no\n{}"] {
            assert_eq!(refused(text), "the answer is not JSON", "{text}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_refused() {
        assert_eq!(json(b"{\"name\":\"caf\xe9\"}"), Err("the answer is not JSON"));
    }

    #[test]
    fn a_byte_order_mark_in_front_is_fine() {
        assert_eq!(json(b"\xef\xbb\xbf{}").unwrap(), Value::Object(Map::new()));
    }

    #[test]
    fn a_05_nesting_and_numbers_of_values_are_bounded() {
        assert_eq!(refused(&"[".repeat(10_000)), "the answer is nested too deeply");
        assert_eq!(refused(&format!("{}{}", r#"{"a":"#.repeat(10_000), "}")), "the answer is nested too deeply");
        assert_eq!(refused(&format!("[{}0]", "0,".repeat(1_000_000))), "the answer holds too many values");
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert!(json(deep.as_bytes()).is_ok());
    }

    #[test]
    fn brackets_in_strings_do_not_nest() {
        let text = format!(r#"["{}", "\"{}"]"#, "[".repeat(1000), "{".repeat(1000));
        assert!(json(text.as_bytes()).is_ok());
    }

    #[test]
    fn a_13_errors_do_not_quote_the_answer() {
        assert!(!refused(r#"{"token": glpat-secret}"#).contains("glpat"));
    }
}
