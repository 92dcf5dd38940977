//! What a record costs. Prints; the bounds are loose, for machines that do other things too.

use std::time::Instant;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cost_of_a_record() {
    let place = Place::new();
    let audit = place.open();
    let arguments =
        arguments(json!({ "namespace": "shop", "name": "web-7d4b9c", "container": "app", "tail": 100 }));
    let reads = 10_000;
    let made: Vec<_> =
        (0..reads).map(|call| intent(&format!("0198-{call}"), Effect::Read, &arguments)).collect();
    let masking = &audit.0.masking;
    let began = Instant::now();
    for intent in made.clone() {
        std::hint::black_box(record::Draft::call(Code::CallIntent, intent, None, masking));
    }
    let draft = began.elapsed() / reads;
    let mut pending = Vec::with_capacity(made.len());
    let began = Instant::now();
    for intent in made {
        pending.push(audit.intent(intent).await.unwrap());
    }
    let read = began.elapsed() / reads;
    let ends: Vec<_> = pending.iter().map(|_| done()).collect();
    let began = Instant::now();
    pending.into_iter().zip(ends).for_each(|(pending, end)| pending.end(end));
    let end = began.elapsed() / reads;
    // As a barrier: the writer is through with all of them.
    audit.intent(intent("barrier", Effect::Change, &arguments)).await.unwrap().end(done());
    let through = began.elapsed() / reads;

    let alone = 200;
    let began = Instant::now();
    fill(&audit, 0..alone).await;
    let single = f64::from(alone) / began.elapsed().as_secs_f64();
    let began = Instant::now();
    let tasks = (0..16).map(|task| {
        let audit = audit.clone();
        tokio::spawn(async move { fill(&audit, task * 1000..task * 1000 + 100).await })
    });
    futures::future::join_all(tasks).await.into_iter().for_each(Result::unwrap);
    let together = 1600.0 / began.elapsed().as_secs_f64();
    println!(
        "draft {draft:?}, read intent {read:?}, end {end:?}, both written {through:?}; durable intents/s: {single:.0} alone, {together:.0} by 16"
    );
    assert!(read < Duration::from_millis(1), "{read:?}");
    assert!(together > single / 2.0, "waiting together is not slower: {together:.0} and {single:.0}");
    audit.close().await;
}
