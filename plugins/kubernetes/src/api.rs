//! Typed reads of one cluster.

use serde::de::DeserializeOwned;

use crate::capability::Capability;
use crate::cluster::{Cluster, Query, Response};
use crate::fault::{Code, Fault};
use crate::model::meta::List;
use crate::places::Places;

/// Items of one page, when all are wanted: large enough to be few, small enough for the memory of one call.
pub const PAGE: u32 = 500;

/// One cluster, and how long to wait for each of its answers.
#[derive(Debug)]
pub struct Api<'a, C> {
    cluster: &'a C,
    places: &'a Places,
    patience_ms: u32,
}

impl<'a, C: Cluster> Api<'a, C> {
    /// Reads of `cluster`, each of which waits for one of the call's `places` and may then take `patience_ms`.
    #[must_use]
    pub fn new(cluster: &'a C, places: &'a Places, patience_ms: u32) -> Self {
        Self { cluster, places, patience_ms }
    }

    /// The cluster's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.cluster.name()
    }

    /// What is known of the cluster without asking it.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.cluster.attribute(name)
    }

    /// Reads, whatever the status of the answer.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn respond(&self, capability: Capability, mut query: Query) -> Result<Response, Fault> {
        query.timeout_ms = query.timeout_ms.min(self.patience_ms);
        let _place = self.places.enter().await;
        self.cluster.get(capability, query).await.map_err(Fault::refused)
    }

    /// Reads the bytes of a success.
    ///
    /// # Errors
    /// When there is no answer, or it is no success.
    pub async fn bytes(&self, capability: Capability, query: Query) -> Result<Vec<u8>, Fault> {
        let response = self.respond(capability, query.clone()).await?;
        if !(200..300).contains(&response.status) {
            return Err(Fault::answered(&query, &response));
        }
        Ok(response.body)
    }

    /// Reads JSON, of which only the fields of `T` are kept.
    ///
    /// # Errors
    /// As [`Self::bytes`], and when the answer does not have the shape of `T`.
    pub async fn json<T: DeserializeOwned>(&self, capability: Capability, query: Query) -> Result<T, Fault> {
        let asked = query.clone();
        let body = self.bytes(capability, query).await?;
        serde_json::from_slice(&body).map_err(|error| Fault::malformed(&asked, &error))
    }

    /// Reads a collection page by page: at most `most` items.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub async fn all<T: DeserializeOwned>(
        &self,
        capability: Capability,
        query: Query,
        most: usize,
    ) -> Result<Collected<T>, Fault> {
        let mut items = Vec::new();
        let whole = self.each(capability, query, most, |item| items.push(item)).await?;
        Ok(Collected { items, whole })
    }

    /// Reads a collection page by page and hands each item on, so that no more than one page is in memory:
    /// at most `most` items. Says whether these were all.
    ///
    /// A list that changes while it is read may expire; it is then taken up again where the server says.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub async fn each<T: DeserializeOwned>(
        &self,
        capability: Capability,
        query: Query,
        most: usize,
        mut take: impl FnMut(T),
    ) -> Result<bool, Fault> {
        let mut left = most;
        let mut token: Option<String> = None;
        let mut resumed = false;
        loop {
            let page = query.clone().page(PAGE, token.as_deref());
            let list: List<T> = match self.json(capability, page).await {
                Ok(list) => list,
                Err(Fault { code: Code::Expired, resume: Some(resume), .. }) if !resumed => {
                    resumed = true;
                    token = Some(resume);
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            let count = list.items.len();
            list.items.into_iter().take(left).for_each(&mut take);
            token = Some(list.metadata.more).filter(|token| !token.is_empty());
            if count > left || (count == left && token.is_some()) {
                return Ok(false);
            }
            left -= count;
            if token.is_none() {
                return Ok(true);
            }
        }
    }
}

/// The items of a collection.
#[derive(Debug)]
pub struct Collected<T> {
    /// In the server's order: by namespace and name.
    pub items: Vec<T>,
    /// Whether these are all.
    pub whole: bool,
}
