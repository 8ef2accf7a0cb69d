/// What the lines before a text leave open, where each line is masked for itself: base64 of a secret that is wrapped
/// goes on with the next line, whose few characters alone would tell nothing. Empty at the beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MaskTrail(Vec<u32>);

impl MaskTrail {
    /// Where secrets in base64 go on.
    pub(super) fn new(mut places: Vec<u32>) -> Self {
        places.sort_unstable();
        places.dedup();
        Self(places)
    }

    pub(super) fn places(&self) -> &[u32] {
        &self.0
    }

    pub(super) fn into_places(self) -> Vec<u32> {
        self.0
    }
}
