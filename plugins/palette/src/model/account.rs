//! Cloud accounts, as their summary tells them.

use super::lenient;
use super::meta::Meta;

lenient! {
    /// One item of `GET /v1/cloudaccounts/summary`.
    Account {
        /// `aws`, `azure`, `gcp`, `vsphere` and so on.
        kind: String,
        /// Name, uid, project.
        metadata: Meta,
        /// How it is.
        status: AccountStatus,
    }

    /// How an account is.
    AccountStatus {
        /// In a word.
        state: String,
    }
}
