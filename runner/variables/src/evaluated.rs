/// The result of an evaluation before the run, when outputs of steps are only declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evaluated<T> {
    /// It has this value.
    Known(T),
    /// Only the run can know; these are the names that it waits for, each once.
    Unknown(Vec<String>),
}

impl<T> Evaluated<T> {
    /// The value, if it is known.
    pub fn known(self) -> Option<T> {
        match self {
            Evaluated::Known(value) => Some(value),
            Evaluated::Unknown(_) => None,
        }
    }

    /// The same with the known value turned into another.
    pub fn map<U>(self, turn: impl FnOnce(T) -> U) -> Evaluated<U> {
        match self {
            Evaluated::Known(value) => Evaluated::Known(turn(value)),
            Evaluated::Unknown(names) => Evaluated::Unknown(names),
        }
    }
}
