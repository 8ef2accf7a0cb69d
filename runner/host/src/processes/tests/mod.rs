mod ending;
mod fixture;
mod output;
mod start;
