//! Answers a request that has passed every check: from what is kept, or by asking its target.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::budget::{Budget, Spent};
use super::cache::{self, Cache, Followed, Found, Kept, Key, Lead, Served};
use super::endpoint::{Endpoint, Sending};
use super::error::Error;
use super::gate::{Places, Response, Shared};
use super::header;
use super::limits::Limits;
use super::redact::Redactor;
use super::target::Target;
use crate::authority::{BoundRule, Caching};

/// How targets are asked: what all requests share. Cheap to clone.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) limits: Limits,
    pub(super) places: Places,
    pub(super) shared: Shared,
    /// Takes secrets out of what they answer.
    pub(super) answers: Redactor,
    pub(super) cache: Cache,
}

/// A checked request, ready to be answered.
#[derive(Clone)]
pub(super) struct Ready {
    pub(super) way: Way,
    pub(super) plugin: String,
    pub(super) target: Target,
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) sending: Sending,
    /// How long all of it may take.
    pub(super) total: Duration,
    /// Response headers that a component may see besides.
    pub(super) rule: BoundRule,
}

impl Ready {
    /// What the target answers.
    pub(super) async fn fetch(&self, budget: &Budget) -> Result<Kept, Error> {
        let Self { way, plugin, target, endpoint, sending, total, rule } = self;
        let turn = way.shared.rates.target(plugin, target.upstream(), target.name());
        let _turn = turn.map_err(Spent::from)?;
        let began = Instant::now();
        let answer = timeout_at(sending.deadline, async {
            // Before there is a place: who waits for a turn holds up nobody else's target.
            sending.turn().await?;
            // Closed only when the host goes down; then there is no place either.
            let _share = way.places.share.acquire().await;
            let _place = way.places.all.acquire().await;
            // Credential; a pooled connection, or resolve, check every address, dial the checked one; send.
            endpoint.exchange(sending, budget).await
        });
        let answer = answer.await.map_err(|_| endpoint.late("did not finish", *total)).flatten()?;
        if answer.status.is_redirection() {
            let code = "egress.redirect-not-followed";
            tracing::debug!(target = target.name(), code, "redirect not followed");
        }
        let status = answer.status.as_u16();
        let keep = cache::may_keep(&sending.headers, status, &answer.headers, &answer.body);
        let share = cache::may_share(&answer.headers);
        let headers = header::response(&answer.headers, |name| rule.reveals(name))
            .into_iter()
            .map(|(name, value)| (name, way.answers.redact(&value).into_owned()))
            .collect();
        // An upstream that echoes what it was sent must not hand the component its credential.
        let body = way.answers.redact_bytes(answer.body);
        Ok(Kept { response: Response { status, headers, body }, born: began, keep, share })
    }

    /// What is kept under `key`, what an equal request in flight brings, or what the target answers.
    pub(super) async fn find(
        &self,
        key: &Key,
        caching: Caching,
        budget: &Budget,
    ) -> Result<(Response, Option<Served>), Error> {
        let (kept, served) = loop {
            match self.way.cache.find(key, caching) {
                Found::Fresh(kept) => {
                    let age = kept.born.elapsed();
                    break (kept, Some(Served::Fresh(age)));
                }
                Found::Stale(kept, lead) => {
                    if let Some(lead) = lead {
                        tokio::spawn(self.clone().refresh(lead));
                    }
                    let age = kept.born.elapsed();
                    break (kept, Some(Served::Stale(age)));
                }
                Found::Follow(flying) => {
                    let landed = timeout_at(self.sending.deadline, flying.landed()).await;
                    match landed.map_err(|_| self.endpoint.late("did not finish", self.total))? {
                        Followed::Landed(outcome) => break (outcome?, Some(Served::Shared)),
                        Followed::Lost => {}
                    }
                }
                Found::Lead(lead) => {
                    let outcome = self.fetch(budget).await.map(Arc::new);
                    lead.land(&outcome);
                    break (outcome?, None);
                }
            }
        };
        if served.is_some() {
            budget.bytes(kept.response.body.len())?;
        }
        Ok((cache::told(&kept, served, caching), served))
    }

    /// The same request again, for whoever comes next.
    async fn refresh(mut self, lead: Lead) {
        let limits = self.way.limits;
        self.total = limits.total;
        self.sending.deadline = Instant::now() + limits.total;
        let outcome = self.fetch(&Budget::new(limits)).await.map(Arc::new);
        if let Err(error) = &outcome {
            let (plugin, target) = (self.plugin.as_str(), self.target.name());
            tracing::debug!(plugin, target, code = error.code(), "a kept answer could not be renewed");
        }
        lead.land(&outcome);
    }
}
