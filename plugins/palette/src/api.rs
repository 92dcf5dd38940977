//! Typed requests to one instance.

use serde::de::DeserializeOwned;

use crate::capability::Capability;
use crate::fault::Fault;
use crate::instance::{Call, Instance, Refusal, Request, Response};

/// What became of a request that changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The instance took it. What it answered; mostly nothing.
    Taken(Vec<u8>),
    /// It was sent and no answer came that tells: it may have happened, or happen yet. Never sent again.
    Unknown,
}

/// One instance, within one call.
#[derive(Debug)]
pub struct Api<'a, C: Call> {
    call: &'a C,
    instance: &'a C::Instance,
}

impl<'a, C: Call> Api<'a, C> {
    /// Requests of `call` to `instance`, each of which waits for one of the call's places.
    #[must_use]
    pub fn new(call: &'a C, instance: &'a C::Instance) -> Self {
        Self { call, instance }
    }

    /// The instance's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.instance.name()
    }

    /// The call that it is for.
    #[must_use]
    pub fn call(&self) -> &'a C {
        self.call
    }

    /// Sends, whatever the status of the answer.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn respond(&self, capability: Capability, request: Request) -> Result<Response, Fault> {
        let _place = self.call.places().enter().await;
        self.instance.send(capability, request).await.map_err(Fault::refused)
    }

    /// Sends, and gives the bytes of a success.
    ///
    /// # Errors
    /// When there is no answer, or it is no success.
    pub async fn bytes(&self, capability: Capability, request: Request) -> Result<Vec<u8>, Fault> {
        let response = self.respond(capability, request.clone()).await?;
        if !(200..300).contains(&response.status) {
            return Err(Fault::answered(&request, &response));
        }
        Ok(response.body)
    }

    /// Sends, and gives JSON, of which only the fields of `T` are kept.
    ///
    /// # Errors
    /// As [`Self::bytes`], and when the answer does not have the shape of `T`.
    pub async fn json<T: DeserializeOwned>(
        &self,
        capability: Capability,
        request: Request,
    ) -> Result<T, Fault> {
        let body = self.bytes(capability, request.clone()).await?;
        serde_json::from_slice(&body).map_err(|error| Fault::malformed(&request, &error))
    }

    /// As [`Self::json`]; `None` where the instance has no such thing, which for some is a state.
    ///
    /// # Errors
    /// As [`Self::json`], but for absence.
    pub async fn maybe<T: DeserializeOwned>(
        &self,
        capability: Capability,
        request: Request,
    ) -> Result<Option<T>, Fault> {
        match self.json(capability, request).await {
            Ok(found) => Ok(Some(found)),
            Err(fault) if fault.is_absence() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Sends a request that changes something, once.
    ///
    /// # Errors
    /// When it was not sent, or the instance said no. What broke off after it was sent is no error but
    /// [`Written::Unknown`]: Palette answers 504 to changes that it makes all the same.
    pub async fn write(&self, capability: Capability, request: Request) -> Result<Written, Fault> {
        let _place = self.call.places().enter().await;
        let response = match self.instance.send(capability, request.clone()).await {
            Ok(response) => response,
            Err(Refusal::Timeout | Refusal::Protocol(_) | Refusal::TooLarge(_)) => {
                return Ok(Written::Unknown);
            }
            Err(refusal) => return Err(Fault::refused(refusal)),
        };
        match response.status {
            200..=299 => Ok(Written::Taken(response.body)),
            // Gateways before Palette, which gave up waiting for it.
            408 | 502 | 504 => Ok(Written::Unknown),
            _ => Err(Fault::answered(&request, &response)),
        }
    }
}
