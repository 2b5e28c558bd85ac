//! How arguments and results become bytes, and back.

use std::any::type_name;

use serde::Serialize;
use serde::de::DeserializeOwned;

use workers::Failure;

/// Encodes a value; `what` it is stands in the error.
pub(super) fn encode<T: Serialize>(what: &str, value: &T) -> Result<Vec<u8>, Failure> {
    postcard::to_stdvec(value).map_err(|error| cannot_travel::<T>(what, &error))
}

/// Decodes a value; `what` it is stands in the error.
pub(super) fn decode<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, Failure> {
    postcard::from_bytes(bytes).map_err(|error| cannot_travel::<T>(what, &error))
}

fn cannot_travel<T>(what: &str, error: &postcard::Error) -> Failure {
    Failure::CannotTravel(format!(
        "the {what}, a {}, cannot travel to another process: {error}",
        type_name::<T>()
    ))
}
