use crate::{Line, Role, Style};

/// Rows of cells in columns as wide as their widest cell; the last column takes the rest and is wrapped.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<Line>>,
}

/// Between columns.
const GAP: usize = 2;
/// The fewest columns that are worth wrapping the last cell to.
const LEAST_LAST: usize = 20;
/// How far a cell that stands below its row is indented.
const BELOW: usize = 4;

impl Table {
    /// A table with this head; an empty one has none.
    pub fn new(head: &[&str]) -> Self {
        let mut table = Self::default();
        if !head.is_empty() {
            table.rows.push(head.iter().map(|cell| Line::new().with(Role::Faint, *cell)).collect());
        }
        table
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<Line>) {
        self.rows.push(cells);
    }

    /// Cuts the cells of a column so that the rows fit into `width` columns behind `indent`, if at least `least` remain of
    /// it; without a `width` nothing is cut.
    pub fn cut(&mut self, column: usize, least: usize, indent: usize, width: Option<usize>, ellipsis: &str) {
        let Some(width) = width else { return };
        let all = self.widths();
        let Some(own) = all.get(column) else { return };
        let needed = indent + all.iter().sum::<usize>() + GAP * (all.len() - 1);
        let room = own.saturating_sub(needed.saturating_sub(width)).max(least);
        for cell in self.rows.iter_mut().filter_map(|row| row.get_mut(column)) {
            *cell = cell.clone().truncated(room, ellipsis);
        }
    }

    /// The columns that the widest cell of each column takes.
    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column| self.rows.iter().filter_map(|row| row.get(column)).map(Line::width).max().unwrap_or(0);
        (0..columns).map(width).collect()
    }

    /// The lines, indented by `indent` columns; wrapped if `width` is known.
    pub fn render(&self, style: &Style, indent: usize, width: Option<usize>) -> String {
        let widths = self.widths();
        let columns = widths.len();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = Line::new().with(Role::Text, " ".repeat(indent));
            let mut start = indent;
            let hanging =
                indent + widths.iter().take(columns.saturating_sub(1)).map(|width| width + GAP).sum::<usize>();
            // Where the last column is too narrow for a few words, its cell stands below the others.
            let is_tight =
                width.is_some_and(|width| width <= hanging + LEAST_LAST && width < hanging + widths[columns - 1]);
            let (row, below) = match row.split_last() {
                Some((last, before)) if is_tight && row.len() == columns && columns > 1 => (before, Some(last)),
                _ => (row.as_slice(), None),
            };
            for (cell, column_width) in row.iter().zip(&widths) {
                line.push(Role::Text, " ".repeat(start - line.width()));
                line.append(cell.clone());
                start += column_width + GAP;
            }
            let mut lines = match width {
                Some(width) if is_tight => line.wrapped(width, indent + BELOW),
                Some(width) => line.wrapped(width, hanging),
                None => vec![line],
            };
            if let (Some(below), Some(width)) = (below.filter(|below| !below.is_empty()), width) {
                lines.extend(below.clone().indented(indent + BELOW).wrapped(width, indent + BELOW));
            }
            for line in lines {
                text.push_str(style.render(&line).trim_end());
                text.push('\n');
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["step", "powers", "what it does"]);
        for [step, powers, text] in [
            ["write-file", "read write variables secrets", "Writes a file from a template or from text"],
            ["run-command", "run", "Starts a program"],
        ] {
            table.row([step, powers, text].map(|cell| Line::new().with(Role::Text, cell)).to_vec());
        }
        table
    }

    #[test]
    fn the_last_column_is_wrapped_or_stands_below() {
        insta::assert_snapshot!(table().render(&Style::plain(), 0, Some(70)), @"
        step         powers                        what it does
        write-file   read write variables secrets  Writes a file from a
                                                   template or from text
        run-command  run                           Starts a program
        ");
        insta::assert_snapshot!(table().render(&Style::plain(), 2, Some(50)), @"
        step         powers
            what it does
        write-file   read write variables secrets
            Writes a file from a template or from text
        run-command  run
            Starts a program
        ");
        for width in 20..120 {
            let text = table().render(&Style::plain(), 0, Some(width));
            let longest = text.lines().map(str::len).max();
            assert!(longest <= Some(width.max(28)), "{width}: {text}");
        }
    }
    #[test]
    fn a_column_is_cut_until_the_rows_fit_or_too_little_remains() {
        let cut = |width| {
            let mut table = table();
            table.cut(1, 8, 2, width, "…");
            table.render(&Style::plain(), 2, None)
        };
        assert_eq!(cut(None), table().render(&Style::plain(), 2, None));
        assert_eq!(cut(Some(200)), cut(None));
        insta::assert_snapshot!(cut(Some(80)), @"
        step         powers                 what it does
        write-file   read write variables…  Writes a file from a template or from text
        run-command  run                    Starts a program
        ");
        insta::assert_snapshot!(cut(Some(30)), @"
        step         powers    what it does
        write-file   read wr…  Writes a file from a template or from text
        run-command  run       Starts a program
        ");
    }
}
