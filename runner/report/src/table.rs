use crate::{Line, Role, Style};

/// Rows of cells in columns as wide as their widest cell; the last column takes the rest and is wrapped.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<Line>>,
}

/// Between columns.
const GAP: usize = 2;

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

    /// The lines, indented by `indent` columns; wrapped if `width` is known.
    pub fn render(&self, style: &Style, indent: usize, width: Option<usize>) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| self.rows.iter().filter_map(|row| row.get(column)).map(Line::width).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = Line::new().with(Role::Text, " ".repeat(indent));
            let mut start = indent;
            for (cell, column_width) in row.iter().zip(&widths) {
                line.push(Role::Text, " ".repeat(start - line.width()));
                line.append(cell.clone());
                start += column_width + GAP;
            }
            let hanging =
                indent + widths.iter().take(columns.saturating_sub(1)).map(|width| width + GAP).sum::<usize>();
            // A last column that is narrower than a few words is better left to the terminal.
            let lines = match width {
                Some(width) if width > hanging + 20 => line.wrapped(width, hanging),
                _ => vec![line],
            };
            for line in lines {
                text.push_str(style.render(&line).trim_end());
                text.push('\n');
            }
        }
        text
    }
}
