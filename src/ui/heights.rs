//! Where the rows of a long list stand that are not all as high: only those in view are laid out, and what a frame
//! costs does not grow with the others.

/// Sums of heights by halves (a Fenwick tree): one height is changed, and a place found, in a few steps.
#[derive(Debug, Default)]
pub struct Heights {
    rows: Vec<Row>,
    /// At each place the sum of as many rows up to it as the lowest bit of its number, counted from 1, says.
    sums: Vec<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    height: f32,
    /// False for a guess.
    is_measured: bool,
}

impl Heights {
    /// Rows of these heights, as far as anybody can guess.
    pub fn guessed(heights: impl Iterator<Item = f32>) -> Self {
        let rows: Vec<_> = heights.map(|height| Row { height, is_measured: false }).collect();
        let mut sums: Vec<f64> = rows.iter().map(|row| f64::from(row.height)).collect();
        for at in 1..=sums.len() {
            let (own, above) = (sums.get(at - 1).copied().unwrap_or_default(), at + lowest_bit(at));
            if let Some(sum) = sums.get_mut(above - 1) {
                *sum += own;
            }
        }
        Self { rows, sums }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_measured(&self, at: usize) -> bool {
        self.rows.get(at).is_some_and(|row| row.is_measured)
    }

    pub fn of(&self, at: usize) -> f32 {
        self.rows.get(at).map_or(0.0, |row| row.height)
    }

    pub fn measured(&mut self, at: usize, height: f32) {
        let Some(row) = self.rows.get_mut(at) else { return };
        let more = f64::from(height) - f64::from(row.height);
        *row = Row { height, is_measured: true };
        if more == 0.0 {
            return;
        }
        let mut place = at + 1;
        while let Some(sum) = self.sums.get_mut(place - 1) {
            *sum += more;
            place += lowest_bit(place);
        }
    }

    /// Where a row begins; at their number, where all end.
    pub fn top(&self, at: usize) -> f32 {
        let (mut sum, mut place) = (0.0, at.min(self.rows.len()));
        while let Some(part) = place.checked_sub(1).and_then(|place| self.sums.get(place)) {
            sum += part;
            place -= lowest_bit(place);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a place on a screen")]
        let top = sum as f32;
        top
    }

    /// The row that stands at this height; the last one beyond the end.
    pub fn row_at(&self, height: f32) -> usize {
        let (mut place, mut left) = (0, f64::from(height));
        let mut step = self.rows.len().checked_next_power_of_two().unwrap_or_default();
        while step > 0 {
            if let Some(sum) = self.sums.get(place + step - 1).filter(|sum| **sum <= left) {
                left -= sum;
                place += step;
            }
            step /= 2;
        }
        place.min(self.rows.len().saturating_sub(1))
    }
}

fn lowest_bit(place: usize) -> usize {
    place & place.wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_those_of_a_plain_sum() {
        for count in [0_u16, 1, 2, 3, 7, 8, 9, 100] {
            let mut plain: Vec<f32> = (0..count).map(|at| f32::from((at * 37) % 11 + 1)).collect();
            let count = usize::from(count);
            let mut heights = Heights::guessed(plain.iter().copied());
            for (at, height) in
                [(0, 5.0), (count / 2, 40.0), (count.saturating_sub(1), 2.5), (count / 2, 3.0)]
            {
                heights.measured(at, height);
                if let Some(slot) = plain.get_mut(at) {
                    *slot = height;
                    assert!(heights.is_measured(at));
                }
                let mut top = 0.0;
                for (at, height) in plain.iter().enumerate() {
                    assert_eq!((heights.top(at), heights.of(at)), (top, *height), "{at} of {count}");
                    assert_eq!(heights.row_at(top), at, "{at} of {count}");
                    assert_eq!(heights.row_at(top + height - 0.25), at, "{at} of {count}");
                    top += height;
                }
                assert_eq!((heights.top(count), heights.row_at(top + 10.0)), (top, count.saturating_sub(1)));
                assert_eq!(heights.row_at(-3.0), 0);
            }
        }
    }
}
