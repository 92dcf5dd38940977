//! The tree against another implementation of it, proofs far from the log, and a log in several files.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;

use super::*;
use crate::audit::hash::{Hash, hex};
use crate::audit::merkle::{Frontier, Prover, leaf, root_by};

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|number| leaf(number.to_string().as_bytes())).collect()
}

#[test]
fn the_tree_is_the_one_of_the_rfc() {
    let mut referee: MemoryBackedTree<Sha256, Vec<u8>> = MemoryBackedTree::new();
    let mut frontier = Frontier::default();
    assert_eq!(hex(&frontier.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let leaves = leaves(130);
    for (number, each) in leaves.iter().enumerate() {
        referee.push(number.to_string().into_bytes());
        frontier.push(*each);
        assert_eq!(frontier.root().as_slice(), referee.root().as_bytes().as_slice(), "{number}");
        let kept = Frontier::new(frontier.size(), frontier.roots().to_vec());
        assert_eq!(kept.as_ref(), Some(&frontier));
    }
    assert_eq!(Frontier::new(3, vec![Hash::default()]), None);
}

#[test]
fn every_proof_is_the_one_of_the_rfc() {
    for size in 1..=33_u64 {
        let mut referee: MemoryBackedTree<Sha256, Vec<u8>> = MemoryBackedTree::new();
        let leaves = leaves(size);
        (0..size).for_each(|number| referee.push(number.to_string().into_bytes()));
        let mut whole = Frontier::default();
        leaves.iter().for_each(|each| whole.push(*each));
        for index in 0..size {
            let expected = referee.prove_inclusion(usize::try_from(index).unwrap());
            // From the whole log, and from a file that begins anywhere up to the leaf.
            for start in 0..=index {
                let mut base = Frontier::default();
                let (before, after) = leaves.split_at(usize::try_from(start).unwrap());
                before.iter().for_each(|each| base.push(*each));
                let mut prover = Prover::new(index, size, &base).unwrap();
                (start..).zip(after).for_each(|(at, each)| prover.take(at, *each));
                let proof = prover.finish().unwrap();
                assert_eq!(proof.concat(), expected.as_bytes(), "{index} of {size} from {start}");
                let of = leaves[usize::try_from(index).unwrap()];
                assert_eq!(root_by(index, size, of, &proof), Some(whole.root()));
                assert_ne!(root_by(index, size, leaf(b"another"), &proof), Some(whole.root()));
                let longer = [proof.as_slice(), &[of]].concat();
                assert_eq!(root_by(index, size, of, &longer), None);
                assert_ne!(root_by(index + 1, size, of, &proof), Some(whole.root()));
                if let Some((_, shorter)) = proof.split_last() {
                    assert_eq!(root_by(index, size, of, shorter), None);
                }
            }
        }
        assert!(Prover::new(size, size, &Frontier::default()).is_none());
    }
    let unfinished = Prover::new(0, 2, &Frontier::default()).unwrap();
    assert_eq!(unfinished.finish(), None, "a leaf is missing");
}

#[tokio::test]
async fn a_proof_holds_far_from_the_log() {
    let place = filled().await;
    let (files, key) = (files(&place.path()), place.key());
    let readers: Vec<&dyn Read> = files.iter().map(|file| file as &dyn Read).collect();
    for seq in 0..42 {
        let text = prove(&readers, seq, &key).unwrap().to_string();
        let proof = Proof::parse(&text).unwrap();
        let proven = proof.verify(&key).unwrap();
        assert_eq!((proven.index, proven.size, proven.origin.as_str()), (seq, 42, key.name()));
        let record: Value = serde_json::from_str(&proven.record).unwrap();
        assert_eq!(record["seq"], seq);
    }
    assert!(matches!(prove(&readers, 42, &key), Err(ProveError::Missing(42))));

    let text = prove(&readers, 17, &key).unwrap().to_string();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
    assert!(lines.next().unwrap().starts_with("extra "));
    assert_eq!(lines.next(), Some("index 17"));
    assert_eq!(lines.clone().take_while(|line| !line.is_empty()).count(), 6, "a tree of 42 has six levels");

    let verified = |text: &str| Proof::parse(text).and_then(|proof| proof.verify(&key));
    assert_eq!(verified(&text.replace("index 17", "index 18")), Err(ProofError::Root));
    assert_eq!(verified(&text.replace("index 17", "index 017")), Err(ProofError::Form));
    assert_eq!(verified(&text.replace("\n42\n", "\n43\n")), Err(ProofError::Signature));
    assert_eq!(verified(&text.replace("@v1", "@v2")), Err(ProofError::Form));
    assert_eq!(verified(&text.replace("extra ", "extra IC")), Err(ProofError::Form));
    let other = Place::new();
    other.open().close().await;
    let theirs = Proof::parse(&text).unwrap().verify(&other.key());
    assert_eq!(theirs, Err(ProofError::Signature), "another log's key");
}

#[tokio::test]
async fn a_record_that_no_checkpoint_covers_is_not_proved_yet() {
    let place = Place::new();
    let audit = place.open();
    fill(&audit, 0..1).await;
    let (files, key) = (files(&place.path()), place.key());
    let readers: Vec<&dyn Read> = files.iter().map(|file| file as &dyn Read).collect();
    assert!(matches!(prove(&readers, 1, &key), Err(ProveError::Uncovered(1))));
    assert!(prove(&readers, 0, &key).is_ok(), "the first is covered at once");
    audit.close().await;
    assert!(prove(&readers, 1, &key).is_ok());
}

#[test]
fn a_key_has_one_form() {
    // The key and the note of c2sp.org/tlog-checkpoint's kin: golang.org/x/mod/sumdb/note's documented example.
    let text = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let key = PublicKey::parse(text).unwrap();
    assert_eq!((key.name(), key.text().as_str()), ("PeterNeumann", text));
    let note = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n";
    let signature =
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, signature).unwrap();
    assert_eq!(bytes[..4], key.id());
    assert!(key.verifies(note, &bytes[4..]) && !key.verifies(&note.replace("your", "my"), &bytes[4..]));
    for wrong in
        ["", "PeterNeumann", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "a+b+c"]
    {
        assert_eq!(PublicKey::parse(wrong), None, "{wrong}");
    }
}

/// A log whose file is full at once: each run and each checkpoint goes on in a new one.
fn rotating(place: &Place) -> Config {
    Config { rotate_bytes: Some(1), checkpoint_every: 8, ..place.config() }
}

#[tokio::test]
async fn a_log_goes_on_in_another_file() {
    let place = Place::new();
    let (audit, _) = Audit::open(rotating(&place)).unwrap();
    fill(&audit, 0..20).await;
    audit.close().await;
    let (audit, recovered) = Audit::open(rotating(&place)).unwrap();
    assert_eq!(recovered.open, []);
    fill(&audit, 20..23).await;
    audit.close().await;

    let files = files(&place.path());
    assert!(files.len() > 3, "{}", files.len());
    let report = place.verify();
    assert_eq!(report.findings, []);
    assert_eq!(report.continues.len(), files.len() - 1);
    assert_eq!((report.size, report.covered), (place.records().len() as u64, report.size));
    let numbers: Vec<u64> = place.records().iter().map(|record| record["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (0..report.size).collect::<Vec<_>>());

    let key = place.key();
    let readers: Vec<&dyn Read> = files.iter().map(|file| file as &dyn Read).collect();
    for seq in 0..report.size {
        prove(&readers, seq, &key).unwrap().verify(&key).unwrap();
    }
    // Each file by itself, and those from any one on.
    let witness = std::fs::read_to_string(place.witness()).unwrap();
    for from in 0..readers.len() {
        assert_eq!(verify(&readers[from..], Some(&witness), &key).unwrap().findings, [], "{from}");
    }
    // One taken out of the middle, two in the wrong order, the last one gone.
    let without: Vec<&dyn Read> = [&readers[..1], &readers[2..]].concat();
    assert_eq!(verify(&without, None, &key).unwrap().findings[0].code, "audit.chain-broken");
    let swapped = [readers[1], readers[0]];
    assert_eq!(verify(&swapped, None, &key).unwrap().findings[0].code, "audit.chain-broken");
    let cut = &readers[..readers.len() - 1];
    assert_eq!(verify(cut, Some(&witness), &key).unwrap().findings[0].code, "audit.truncated");
}

#[tokio::test]
async fn a_call_that_runs_across_files_is_found_open() {
    let place = Place::new();
    let (audit, _) = Audit::open(rotating(&place)).unwrap();
    let none = Map::new();
    let running = audit.intent(intent("across", Effect::Change, &none)).await.unwrap();
    fill(&audit, 0..20).await;
    audit.close_without(running).await;
    let (audit, recovered) = Audit::open(rotating(&place)).unwrap();
    let open: Vec<_> =
        recovered.open.iter().map(|open| (open.call.as_str(), open.principal.as_str(), open.seq)).collect();
    assert_eq!(open, [("across", "user:ana", 1)]);
    audit.close().await;
    let report = place.verify();
    assert_eq!((report.findings, report.open.len()), (vec![], 1));
    let (audit, recovered) = Audit::open(rotating(&place)).unwrap();
    assert_eq!(recovered.open, [], "told once");
    audit.close().await;
}

impl Audit {
    /// Ends as if the host had gone away in the middle of a call.
    async fn close_without(self, running: Pending) {
        running.forget();
        self.close().await;
    }
}
