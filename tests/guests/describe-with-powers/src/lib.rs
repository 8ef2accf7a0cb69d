//! Tries to use powers while it describes itself, and tells what came of it in its description.

use guests_support::{
    Error, Guest, context, description, files, packages, processes, report, secrets, variables, words,
};

struct Step;
guests_support::export!(Step with_types_in guests_support);

impl Guest for Step {
    fn describe() -> String {
        report::log(report::Level::Info, "nobody hears this", &[]);
        let command = processes::Command::new("/bin/sh");
        let tried = [
            std::fs::read_to_string("/etc/hostname").map_err(|error| error.to_string()),
            std::fs::write("/tmp/described", "").map(|()| String::new()).map_err(|error| error.to_string()),
            std::env::var("PATH").map_err(|error| error.to_string()),
            command.start().map(|_| String::new()).map_err(words),
            secrets::reveal("secret:0").map_err(words),
            variables::get("Site.Url").map(|value| format!("{value:?}")).map_err(words),
            packages::open("App").map(|_| String::new()).map_err(words),
            files::native_path("/etc").map_err(words),
            report::artifact("/etc/hostname", "hostname").map(|()| String::new()).map_err(words),
        ];
        let tried: Vec<String> =
            tried.into_iter().map(|result| result.unwrap_or_else(|error| format!("ERROR {error}"))).collect();
        description(
            "describe-with-powers",
            &format!("{:?} {}", context::mode(), tried.join(" | ").chars().take(150).collect::<String>()),
        )
        .replace("\"inputs\":", &format!("\"description\":{:?},\"inputs\":", tried.join("\n")))
    }

    fn run(_: String) -> Result<(), Error> {
        Ok(())
    }
}
