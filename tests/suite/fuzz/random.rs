//! Numbers that look random, and are the same for the same seed.

/// A small generator of numbers (xorshift64*), the same for the same seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn seeded(seed: u32) -> Self {
        Self(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(u64::from(seed) + 1) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % bound
    }

    pub(super) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(super) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}
