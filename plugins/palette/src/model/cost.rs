//! What clusters cost. Palette names no currency, and counts no network.

use super::lenient;

lenient! {
    /// `GET /v1/dashboard/spectroclusters/{uid}/cost`.
    ClusterCost {
        /// The cluster, and what it cost.
        cluster: CostOfCluster,
        /// The series, where it does not stand beside the cluster.
        cloud: CloudSeries,
    }

    /// The cluster, and what it cost.
    CostOfCluster {
        /// Uid.
        uid: String,
        /// Name.
        name: String,
        /// In all.
        cost: super::cluster::Cost,
        /// The series.
        cloud: CloudSeries,
    }

    /// Cost over time.
    CloudSeries {
        /// In all.
        cost: Parts,
        /// One point for each period.
        data: Vec<Point>,
    }

    /// A sum and its parts.
    Parts {
        /// Machines.
        compute: f64,
        /// Disks.
        storage: f64,
        /// Both.
        total: f64,
    }

    /// The cost of one period.
    Point {
        /// Its start, RFC 3339.
        timestamp: String,
        /// Machines.
        compute: f64,
        /// Disks.
        storage: f64,
        /// Both.
        total: f64,
    }

    /// `POST /v1/dashboard/spectroclusters/cost`.
    FleetCost {
        /// One for each group.
        resources: Vec<Resource>,
    }

    /// The cost of one group.
    Resource {
        /// Whose.
        entity: Entity,
        /// In all.
        total: Parts,
        /// Over time.
        data: Vec<Point>,
    }

    /// Whose cost it is.
    Entity {
        /// `project`, `cloud`, `cluster` or `tenant`.
        kind: String,
        /// Name.
        name: String,
        /// Uid.
        uid: String,
    }

    /// `POST /v1/spectroclusters/{cloud}/rate`.
    Rates {
        /// One for each pool.
        machine_pools: Vec<PoolRate>,
        /// Of all.
        rate: Parts,
    }

    /// The rate of one pool.
    PoolRate {
        /// Name.
        name: String,
        /// Machines.
        nodes_count: u32,
        /// What they cost.
        rate: MachineRate,
    }

    /// What machines cost.
    MachineRate {
        /// Type and price.
        compute: ComputeRate,
        /// Disks.
        storage: Vec<StorageRate>,
        /// Both.
        total: f64,
    }

    /// The price of a type of machine.
    ComputeRate {
        /// Type.
        r#type: String,
        /// Price.
        rate: f64,
    }

    /// The price of a disk.
    StorageRate {
        /// Price.
        rate: f64,
    }
}

impl ClusterCost {
    /// The series, wherever it stands.
    #[must_use]
    pub fn series(&self) -> &CloudSeries {
        if self.cluster.cloud.data.is_empty() { &self.cloud } else { &self.cluster.cloud }
    }

    /// The sum and its parts, from the first place that has them.
    #[must_use]
    pub fn parts(&self) -> Parts {
        let cloud = &self.cluster.cost.cloud;
        let own = Parts {
            compute: cloud.compute,
            storage: cloud.storage,
            total: if cloud.total > 0.0 { cloud.total } else { self.cluster.cost.total },
        };
        let summed = Parts::sum(&self.series().data);
        let places = [self.cluster.cloud.cost.clone(), self.cloud.cost.clone(), own];
        places.into_iter().find(|parts| parts.total > 0.0).unwrap_or(summed)
    }
}

impl Parts {
    /// The sum of a series.
    #[must_use]
    pub fn sum(points: &[Point]) -> Self {
        points.iter().fold(Self::default(), |sum, point| Self {
            compute: sum.compute + point.compute,
            storage: sum.storage + point.storage,
            total: sum.total + point.total,
        })
    }
}
