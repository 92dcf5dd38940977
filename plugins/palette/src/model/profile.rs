//! Cluster profiles: the versions of one name are objects of their own.

use serde_json::Value;

use super::lenient;
use super::meta::Meta;
use super::pack::PackRef;

lenient! {
    /// A profile version on a cluster.
    ProfileTemplate {
        /// Uid of the version.
        uid: String,
        /// Name of the profile.
        name: String,
        /// `cluster`, `infra`, `add-on` or `system`.
        r#type: String,
        /// Cloud.
        cloud_type: String,
        /// `project`, `tenant` or `system`.
        scope: String,
        /// In searches.
        version: String,
        /// In the full object.
        profile_version: String,
        /// Its packs; may be empty in searches.
        packs: Vec<PackRef>,
    }

    /// One profile of `POST /v1/dashboard/clusterprofiles`.
    ProfileSummary {
        /// Name, uid of the shown version, tags.
        metadata: Meta,
        /// What it is.
        spec_summary: ProfileSpec,
        /// Who uses it.
        status: ProfileStatus,
    }

    /// What a profile is.
    ProfileSpec {
        /// As it is being edited.
        draft: ProfileBody,
        /// As it is published.
        published: ProfileBody,
        /// Version of the shown one.
        version: String,
        /// All of that name.
        versions: Vec<ProfileVersion>,
    }

    /// A state of a profile.
    ProfileBody {
        /// Cloud.
        cloud_type: String,
        /// `cluster`, `infra`, `add-on` or `system`.
        r#type: String,
        /// Its packs.
        packs: Vec<PackRef>,
    }

    /// One version.
    ProfileVersion {
        /// Its uid.
        uid: String,
        /// `1.2.3`.
        version: String,
    }

    /// Who uses a profile.
    ProfileStatus {
        /// Whether it may be used.
        is_published: bool,
        /// Clusters that use it.
        in_use_clusters: Vec<InUse>,
    }

    /// A cluster that uses a profile.
    InUse {
        /// Name.
        name: String,
        /// Uid.
        uid: String,
        /// Its project.
        project_uid: String,
    }

    /// `GET /v1/clusterprofiles/{uid}`: one version, whole.
    Profile {
        /// Name, uid, tags, description.
        metadata: Meta,
        /// What it is.
        spec: WholeSpec,
        /// Who uses it.
        status: ProfileStatus,
    }

    /// What a whole profile is.
    WholeSpec {
        /// As it is being edited.
        draft: ProfileBody,
        /// As it is published.
        published: ProfileBody,
        /// `1.2.3`.
        version: String,
        /// All of that name.
        versions: Vec<ProfileVersion>,
    }

    /// `GET /v1/clusterprofiles/{uid}/variables`.
    Variables {
        /// In the profile's order.
        variables: Vec<Variable>,
    }

    /// What a profile asks of those who use it.
    Variable {
        /// As packs name it.
        name: String,
        /// As people name it.
        display_name: String,
        /// For people.
        description: String,
        /// `string`, `number`, `boolean`, `ipv4`, `ipv4cidr`, `ipv6`, `version` or `base64`.
        format: String,
        /// `text`, `dropdown` or `multiline`.
        input_type: String,
        /// What it is where nobody says.
        default_value: Value,
        /// Whether it has to be said.
        required: bool,
        /// Whether it stays as it was first said.
        immutable: bool,
        /// Whether people are not asked for it.
        hidden: bool,
        /// Whether it is a secret: then no value of it is shown.
        is_sensitive: bool,
        /// What it has to match.
        regex: String,
        /// What it may be.
        options: Vec<VariableOption>,
    }

    /// What a variable may be.
    VariableOption {
        /// The value.
        value: Value,
        /// For people.
        label: String,
    }
}

impl ProfileTemplate {
    /// The version, wherever it stands.
    #[must_use]
    pub fn version(&self) -> &str {
        if self.version.is_empty() { &self.profile_version } else { &self.version }
    }
}

impl WholeSpec {
    /// The published state, or the draft where nothing is published yet.
    #[must_use]
    pub fn body(&self) -> &ProfileBody {
        if self.published.r#type.is_empty() { &self.draft } else { &self.published }
    }
}

impl ProfileSpec {
    /// The published state, or the draft where nothing is published yet.
    #[must_use]
    pub fn body(&self) -> &ProfileBody {
        if self.published.r#type.is_empty() { &self.draft } else { &self.published }
    }
}
