//! Names of machine types: how many processors they promise, and whether they hold a GPU.

/// How many virtual processors a type's name promises; none if the name does not say.
///
/// Amazon counts in sizes (`large` is 2, `xlarge` 4, `4xlarge` 16), Azure (`Standard_D8s_v5`) and Google
/// (`n2-standard-8`) write the number, Oracle's flexible shapes do not say.
pub(in crate::configuration) fn processors(name: &str) -> Option<i64> {
    let lower = name.to_ascii_lowercase();
    if let Some(size) = lower.strip_prefix("standard_").or_else(|| lower.strip_prefix("basic_")) {
        let digits: String =
            size.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        return digits.parse().ok();
    }
    if let Some((family, size)) = lower.rsplit_once('.')
        && !family.starts_with("vm.")
        && !family.starts_with("bm.")
    {
        return amazon(size);
    }
    // Google: a family, a class, a number; `e2-medium` and its like have two or less.
    let mut parts = lower.rsplit('-');
    let last = parts.next()?;
    let class = parts.next()?;
    let known =
        ["standard", "highmem", "highcpu", "ultramem", "megamem", "megagpu", "custom", "highgpu", "ultragpu"];
    match last.strip_suffix('g').unwrap_or(last).parse::<i64>() {
        // Types with accelerators count those, twelve processors each.
        Ok(number) if last.ends_with('g') => number.checked_mul(12),
        Ok(number) if known.contains(&class) => Some(number),
        Ok(_) | Err(_) => None,
    }
}

fn amazon(size: &str) -> Option<i64> {
    match size {
        "nano" | "micro" | "small" | "medium" => Some(1),
        "large" => Some(2),
        "xlarge" => Some(4),
        _ if size.starts_with("metal") => Some(64),
        _ => size.strip_suffix("xlarge")?.parse::<i64>().ok()?.checked_mul(4),
    }
}

/// Whether a type holds a GPU or another accelerator that costs like one.
pub(in crate::configuration) fn has_gpu(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    // Azure: families NC, ND, NG and NV.
    if let Some(size) = lower.strip_prefix("standard_") {
        return ["nc", "nd", "ng", "nv"].iter().any(|family| size.starts_with(family));
    }
    // Oracle: `VM.GPU.A10.1`.
    if lower.contains(".gpu") || lower.contains("gpu.") {
        return true;
    }
    // Amazon: p3, p4d, g5, gr6, trn1, inf2, dl1.
    if let Some((family, _)) = lower.split_once('.') {
        let letters: String = family.chars().take_while(char::is_ascii_alphabetic).collect();
        let numbered = family.chars().nth(letters.len()).is_some_and(|c| c.is_ascii_digit());
        return numbered && matches!(letters.as_str(), "p" | "g" | "gr" | "trn" | "inf" | "dl" | "vt");
    }
    // Google: A2, A3, A4, G2.
    ["a2-", "a3-", "a4-", "a4x-", "g2-", "g4-"].iter().any(|family| lower.starts_with(family))
}

#[cfg(test)]
mod tests {
    use super::{has_gpu, processors};

    #[test]
    fn names_promise_processors() {
        for (name, count) in [
            ("t3.large", Some(2)),
            ("m6i.xlarge", Some(4)),
            ("m6i.4xlarge", Some(16)),
            ("c7g.metal", Some(64)),
            ("Standard_D8s_v5", Some(8)),
            ("Standard_B2ms", Some(2)),
            ("n2-standard-16", Some(16)),
            ("e2-medium", None),
            ("a2-highgpu-1g", Some(12)),
            ("VM.Standard.E4.Flex", None),
            ("", None),
        ] {
            assert_eq!(processors(name), count, "{name}");
        }
    }

    #[test]
    fn families_hold_gpus() {
        for name in [
            "p4d.24xlarge",
            "g5.xlarge",
            "Standard_NC24ads_A100_v4",
            "a2-highgpu-1g",
            "VM.GPU.A10.1",
            "inf2.xlarge",
        ] {
            assert!(has_gpu(name), "{name}");
        }
        for name in ["m6i.xlarge", "Standard_D8s_v5", "n2-standard-4", "t3.large", "i3.large"] {
            assert!(!has_gpu(name), "{name}");
        }
    }
}
