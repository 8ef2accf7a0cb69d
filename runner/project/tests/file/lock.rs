//! The text of `wharf.lock`.

use std::sync::Arc;

use insta::assert_snapshot;
use proptest::prelude::*;
use wharf_model::{
    ComponentPin, Diagnostic, Lock, LockedComponent, LockedPackage, LockedPower, LockedStep, PackagePin, PowerKind,
    SourceFile,
};
use wharf_project::{read_lock, write_lock};

fn read(text: &str) -> Result<Lock, Vec<Diagnostic>> {
    read_lock(&Arc::new(SourceFile { name: "wharf.lock".into(), text: text.into() }))
}

fn power(power: &str, pattern: &str) -> LockedPower {
    LockedPower { power: power.into(), pattern: pattern.into() }
}

fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

fn lock() -> Lock {
    Lock {
        wharf: "0.1.0".into(),
        components: vec![
            LockedComponent {
                uses: "deploy-package".into(),
                pin: Some(ComponentPin {
                    version: "1.0.0".into(),
                    digest: digest('a'),
                    world: Some("wharf:step@0.1.0".into()),
                }),
                powers: vec!["write".into(), "packages".into()],
            },
            LockedComponent { uses: "./notify.wasm".into(), pin: None, powers: vec!["http".into()] },
        ],
        steps: vec![
            LockedStep {
                process: "deploy".into(),
                id: "web".into(),
                uses: "deploy-package".into(),
                powers: vec![power("write", "#{Site.Root}"), power("packages", "SupportFlow")],
            },
            LockedStep {
                process: "restart".into(),
                id: "notify".into(),
                uses: "./notify.wasm".into(),
                powers: vec![
                    power("http", "https://chat.example.com/a/rather/long/path"),
                    power("http", "https://status.example.com/another/one"),
                    power("plan-http", "GET https://chat.example.com"),
                ],
            },
        ],
        packages: vec![LockedPackage {
            reference: "SupportFlow".into(),
            feed: "builds".into(),
            id: "SupportFlow".into(),
            wanted: "1.*".into(),
            prerelease: false,
            pin: PackagePin { version: "1.2.3".into(), digest: digest('b') },
        }],
    }
}

#[test]
fn a_lock_is_easy_to_read_and_to_compare() {
    let text = write_lock(&lock(), None);
    assert_snapshot!(text.replace(&"a".repeat(64), "aa…").replace(&"b".repeat(64), "bb…"), @r##"
    # What this process may use, as it was recorded. `wharf lock` and `wharf update` write it; commit it.
    format = 1
    wharf = "0.1.0"

    [[component]]
    uses = "deploy-package"
    version = "1.0.0"
    digest = "sha256:aa…"
    world = "wharf:step@0.1.0"
    powers = ["write", "packages"]

    [[component]]
    uses = "./notify.wasm"
    powers = ["http"]

    [[step]]
    id = "web"
    uses = "deploy-package"
    write = ["#{Site.Root}"]
    packages = ["SupportFlow"]

    [[step]]
    process = "restart"
    id = "notify"
    uses = "./notify.wasm"
    http = [
        "https://chat.example.com/a/rather/long/path",
        "https://status.example.com/another/one",
    ]
    plan-http = ["GET https://chat.example.com"]

    [[package]]
    reference = "SupportFlow"
    feed = "builds"
    id = "SupportFlow"
    wanted = "1.*"
    version = "1.2.3"
    digest = "sha256:bb…"
    "##);
    assert_eq!(read(&text), Ok(lock()));
    assert_eq!(write_lock(&lock(), Some(&text)), text);
}

#[test]
fn what_a_newer_program_or_a_person_wrote_stays() {
    let text = write_lock(&lock(), None).replace("wharf = ", "# ours\nsigned-by = \"someone\"\nwharf = ").replace(
        "[[component]]\nuses = \"./notify.wasm\"",
        "[[component]]\nuses = \"./notify.wasm\" # chat\nlicence = \"MIT\"",
    ) + "\n[future]\nkey = [1, 2]\n";
    let mut newer = lock();
    newer.components.remove(0);
    newer.steps[0].powers.pop();
    newer.packages[0].pin.version = "1.2.4".into();
    let written = write_lock(&newer, Some(&text));
    assert_eq!(read(&written), Ok(newer));
    assert_snapshot!(written.replace(&"a".repeat(64), "aa…").replace(&"b".repeat(64), "bb…"), @r##"
    # What this process may use, as it was recorded. `wharf lock` and `wharf update` write it; commit it.
    format = 1
    # ours
    signed-by = "someone"
    wharf = "0.1.0"

    [future]
    key = [1, 2]

    [[component]]
    uses = "./notify.wasm" # chat
    licence = "MIT"
    powers = ["http"]

    [[step]]
    id = "web"
    uses = "deploy-package"
    write = ["#{Site.Root}"]

    [[step]]
    process = "restart"
    id = "notify"
    uses = "./notify.wasm"
    http = [
        "https://chat.example.com/a/rather/long/path",
        "https://status.example.com/another/one",
    ]
    plan-http = ["GET https://chat.example.com"]

    [[package]]
    reference = "SupportFlow"
    feed = "builds"
    id = "SupportFlow"
    wanted = "1.*"
    version = "1.2.4"
    digest = "sha256:bb…"
    "##);
}

#[test]
fn line_ends_of_windows_stay() {
    let text = write_lock(&lock(), None).replace('\n', "\r\n");
    assert_eq!(read(&text), Ok(lock()));
    assert_eq!(write_lock(&lock(), Some(&text)), text);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let good = write_lock(&lock(), None);
    let told = |text: &str| match read(text) {
        Ok(_) => "nothing".to_owned(),
        Err(problems) => {
            let place = |problem: &Diagnostic| problem.span.as_ref().map(|span| span.line_and_column());
            let one = |problem: &Diagnostic| format!("{:?} {}", place(problem).unwrap_or_default(), problem.message);
            problems.iter().map(one).collect::<Vec<_>>().join("\n")
        }
    };
    let all = [
        told(""),
        told("format = 2"),
        told("format = \"1\""),
        told("<<<<<<< ours\nformat = 1\n"),
        told("format = 1\ncomponent = 1\n"),
        told("format = 1\n[[step]]\nid = \"a\"\n"),
        told("format = 1\n[[step]]\nid = 1\nuses = \"x\"\nwrite = \"y\"\n"),
        told(&good.replace(&digest('a'), "md5:1")),
    ];
    assert_snapshot!(all.join("\n"), @r"
    (1, 1) a lock begins with `format = 1`
    (1, 10) this lock has format 2, and this wharf knows format 1
    (1, 10) a lock begins with `format = 1`
    (1, 9) this is no TOML: key with no value, expected `=`
    (2, 13) `component` must be a list of tables, `[[component]]`
    (2, 1) `uses` is missing here
    (3, 6) `id` must be text
    (8, 10) a digest is `sha256:` and 64 hexadecimal digits
    ");
}

fn any_lock() -> impl Strategy<Value = Lock> {
    let text = "[ -~äß\"\\\\\n]{1,12}";
    let pin = (text, "[0-9a-f]{64}", proptest::option::of(text)).prop_map(|(version, hex, world)| ComponentPin {
        version,
        digest: format!("sha256:{hex}"),
        world,
    });
    let kinds = proptest::sample::subsequence(PowerKind::ALL.map(PowerKind::as_str).to_vec(), 0..4);
    let component = (text, proptest::option::of(pin), kinds).prop_map(|(uses, pin, powers)| LockedComponent {
        uses,
        pin,
        powers: powers.into_iter().map(str::to_owned).collect(),
    });
    let powers = proptest::collection::vec((proptest::sample::select(LockedPower::WORDS.to_vec()), text), 0..6)
        .prop_map(|mut powers| {
            powers.sort_by_key(|(word, _)| LockedPower::WORDS.iter().position(|known| known == word));
            powers.into_iter().map(|(word, pattern)| power(word, &pattern)).collect()
        });
    let step =
        (text, text, text, powers).prop_map(|(process, id, uses, powers)| LockedStep { process, id, uses, powers });
    let components = proptest::collection::vec(component, 0..4);
    (text, components, proptest::collection::vec(step, 0..4)).prop_map(|(wharf, components, steps)| Lock {
        wharf,
        components,
        steps,
        packages: Vec::new(),
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(lock in any_lock(), before in proptest::option::of(any_lock())) {
        let before = before.map(|before| write_lock(&before, None));
        let written = write_lock(&lock, before.as_deref());
        prop_assert_eq!(read(&written), Ok(lock.clone()));
        prop_assert_eq!(write_lock(&lock, Some(&written)), written);
    }

    #[test]
    fn no_text_is_too_wild(text in "\\PC{0,80}") {
        let _ = read(&format!("format = 1\n{text}"));
    }
}
