//! What serde is given for the parts of a node: keys, values with their places, and variants of enums.

use serde::de::{self, DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, VariantAccess, Visitor};
use serde::{Deserializer, forward_to_deserialize_any};

use super::de::{DeserializeError, Reader, SPANNED, SPANNED_FIELDS};
use super::{Entry, Place};

/// A key, which is a text, and may be asked for with its place.
pub(super) struct Key<'a>(pub(super) &'a Entry);

impl<'de> Deserializer<'de> for Key<'_> {
    type Error = DeserializeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_str(&self.0.key)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_enum(Variant { name: &self.0.key, content: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        if name == SPANNED {
            return visitor.visit_map(SpannedParts { next: 0, place: self.0.place, value: self });
        }
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// The parts of a [`Spanned`]: two numbers, then the value itself.
pub(super) struct SpannedParts<D> {
    pub(super) next: usize,
    pub(super) place: Place,
    pub(super) value: D,
}

impl<'de, D: Deserializer<'de, Error = DeserializeError> + Part> MapAccess<'de> for SpannedParts<D> {
    type Error = DeserializeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let Some(field) = SPANNED_FIELDS.get(self.next) else { return Ok(None) };
        self.next = self.next.saturating_add(1);
        seed.deserialize(IntoDeserializer::<DeserializeError>::into_deserializer(*field)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Self::Error> {
        match self.next {
            1 => seed.deserialize(self.place.line.into_deserializer()),
            2 => seed.deserialize(self.place.column.into_deserializer()),
            _ => seed.deserialize(self.value.again()),
        }
    }
}

/// What can be read more than once.
pub(super) trait Part {
    fn again(&self) -> Self;
}

impl Part for Reader<'_> {
    fn again(&self) -> Self {
        *self
    }
}

impl Part for Key<'_> {
    fn again(&self) -> Self {
        Self(self.0)
    }
}

/// A variant of an enum: its name, and what it holds.
pub(super) struct Variant<'a> {
    pub(super) name: &'a str,
    pub(super) content: Option<Reader<'a>>,
}

impl<'a, 'de> EnumAccess<'de> for Variant<'a> {
    type Error = DeserializeError;
    type Variant = Content<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Self::Error> {
        let name: de::value::StrDeserializer<'_, DeserializeError> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, Content(self.content)))
    }
}

pub(super) struct Content<'a>(Option<Reader<'a>>);

impl<'a> Content<'a> {
    fn reader(self) -> Result<Reader<'a>, DeserializeError> {
        self.0.ok_or_else(|| de::Error::custom("the content of this kind is missing"))
    }
}

impl<'de> VariantAccess<'de> for Content<'_> {
    type Error = DeserializeError;

    fn unit_variant(self) -> Result<(), Self::Error> {
        match self.0 {
            Some(reader) if !reader.node.is_null() => Err(de::Error::custom("this kind has no content")),
            Some(_) | None => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Self::Error> {
        seed.deserialize(self.reader()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Self::Error> {
        self.reader()?.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.reader()?.deserialize_struct("", fields, visitor)
    }
}
