use std::fs;

use insta::assert_snapshot;
use wharf_step::prelude::*;
use wharf_step::testing::Host;

use crate::WriteFile;

fn write(host: &Host, inputs: &Value) -> String {
    let before = host.logs().len();
    let result = host.run::<WriteFile>(inputs.clone());
    let work = host.work();
    let log: String = host.logs()[before..].iter().map(|entry| format!("{}\n", entry.message)).collect();
    let error = result.err().map(|error| format!("{error:?}\n")).unwrap_or_default();
    (log + &error).replace(work.to_str().expect("the path is UTF-8"), "<work>")
}

#[test]
fn a_file_is_written_with_its_directories_and_then_left_alone() {
    let host = Host::new();
    let path = host.work().join("etc/app/app.conf");
    let inputs = json!({"path": path, "content": "port = 80\n", "mode": "0640"});
    assert_snapshot!(write(&host, &inputs), @"wrote <work>/etc/app/app.conf");
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "port = 80\n");
    assert_snapshot!(format!("{:?}", host.outputs().get("bytes")), @"Some(Number(10))");
    let modified = || fs::metadata(&path).and_then(|metadata| metadata.modified()).expect("it is there");
    let first = modified();
    assert_snapshot!(write(&host, &inputs), @"<work>/etc/app/app.conf is as it should be");
    assert_eq!(modified(), first);
    assert_snapshot!(write(&host, &json!({"path": path, "content": "port = 80\n", "mode": "600"})), @"changed the permissions of <work>/etc/app/app.conf from 0640 to 0600");
    assert_snapshot!(write(&host, &json!({"path": path, "content": "port = 81\n"})), @"wrote <work>/etc/app/app.conf");
    assert_eq!(host.enter(|| files::permissions(&path)).expect("it is there"), Some(0o600));
    let names: Vec<_> = fs::read_dir(host.work().join("etc/app")).expect("it is there").collect();
    assert_eq!(names.len(), 1, "nothing else is left: {names:?}");
}

#[test]
fn a_template_keeps_its_encoding_and_its_line_ends() {
    // What a filter makes of a secret is a secret with a reference of its own.
    let host = Host::new()
        .variable("Name", "Käse")
        .secret("secret:00ff", "p#ss")
        .variable("Password", "secret:00ff")
        .secret("secret:0123456789abcdef0123456789abcdef", "p\\u0023ss")
        .variable("Password | JsonEscape", "secret:0123456789abcdef0123456789abcdef");
    let (template, path) = (host.work().join("app.ini.tmpl"), host.work().join("app.ini"));
    fs::write(&template, b"\xEF\xBB\xBFname=#{Name}\r\npassword=#{Password}\r\nescaped=#{Password | JsonEscape}cd\r\n").expect("it can be written");
    assert_snapshot!(write(&host, &json!({"path": path, "template": template})), @"wrote <work>/app.ini");
    assert_eq!(fs::read(&path).expect("it is there"), "\u{feff}name=Käse\r\npassword=p#ss\r\nescaped=p\\u0023sscd\r\n".as_bytes());
    fs::write(&template, "#{Nmae} #{Name}").expect("it can be written");
    assert_snapshot!(write(&host, &json!({"path": path, "template": template})), @"Invalid: cannot evaluate the template <work>/app.ini.tmpl: `#{Nmae}` cannot be evaluated: there is no such variable");
    assert_snapshot!(write(&host, &json!({"path": path, "template": template, "lenient": true})), @"wrote <work>/app.ini");
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "#{Nmae} Käse");
}

#[test]
fn secrets_in_the_content_are_put_in() {
    let host = Host::new().secret("secret:00ff", "s3cr3t");
    let path = host.work().join("key");
    assert_snapshot!(write(&host, &json!({"path": path, "content": "key=secret:00ff secret:unknown"})), @"wrote <work>/key");
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "key=s3cr3t secret:unknown");
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_stay() {
    use std::os::unix::fs::symlink;
    let host = Host::new();
    let at = |name: &str| host.work().join(name);
    fs::create_dir(at("real")).expect("it can be made");
    symlink("link2", at("link")).expect("it can be made");
    symlink("real/../real/file", at("link2")).expect("it can be made");
    let inputs = json!({"path": at("link"), "content": "new"});
    assert_snapshot!(write(&host, &inputs), @"wrote <work>/link");
    assert_snapshot!(write(&host, &inputs), @"<work>/link is as it should be");
    assert!(at("link").is_symlink() && at("link2").is_symlink());
    assert_eq!(fs::read_to_string(at("real/file")).expect("it is there"), "new");
    symlink("loop", at("loop")).expect("it can be made");
    assert_snapshot!(write(&host, &json!({"path": at("loop"), "content": "new"})), @r#"Failed: <work>/loop goes through too many symbolic links {"input":"/path"}"#);
}

#[test]
fn a_path_is_neither_empty_nor_secret() {
    let host = Host::new().secret("secret:0123456789abcdef0123456789abcdef", "s3cr3t");
    let path = host.work().join("out-secret:0123456789abcdef0123456789abcdef.txt");
    assert_snapshot!(write(&host, &json!({"path": path, "content": ""})), @r#"Invalid: a secret stands in `path`, and paths are shown to everybody {"input":"/path","help":"use a variable that is not sensitive"}"#);
    assert_snapshot!(write(&host, &json!({"path": "", "content": ""})), @r#"Invalid: `path` is empty {"input":"/path"}"#);
    assert!(fs::read_dir(host.work()).expect("it is there").next().is_none(), "nothing is written");
}

#[test]
fn the_schema_finds_what_is_missing() {
    let description: Value =
        wharf_step::serde_json::from_str(&wharf_step::describe::<WriteFile>()).expect("it is JSON");
    let schema = &description["inputs"];
    assert_eq!(schema["oneOf"], json!([{"required": ["content"]}, {"required": ["template"]}]));
    assert_eq!(schema["properties"]["path"]["minLength"], 1);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_written() {
    let host = Host::new();
    let path = host.work().join("new/file");
    assert_snapshot!(write(&host, &json!({"path": path})), @r#"Invalid: give either `content` or `template` {"input":"/content"}"#);
    assert_snapshot!(write(&host, &json!({"path": path, "content": "", "template": "x"})), @r#"Invalid: give either `content` or `template` {"input":"/content"}"#);
    assert_snapshot!(write(&host, &json!({"path": path, "content": "", "mode": "rw"})), @r#"Invalid: `rw` are no permissions: write them in octal, such as "0644" {"input":"/mode"}"#);
    assert_snapshot!(write(&host, &json!({"path": path, "template": "/no/such/template"})), @"NotFound: cannot read the template /no/such/template: no such file or directory");
    assert!(!host.work().join("new").exists());
    assert_snapshot!(write(&host, &json!({"path": host.work(), "content": ""})), @"Failed: cannot read <work>: is a directory");
}

#[test]
fn a_link_to_what_is_not_granted_is_explained() {
    let denied = || Error::failed("cannot read /srv/b: permission denied");
    let explained = crate::explain_link(denied(), "/srv/a", std::path::Path::new("/srv/b"));
    assert_snapshot!(format!("{explained:?}"), @r#"Failed: cannot read /srv/b: permission denied {"help":"/srv/a is a link to it: the file itself must be granted","add":"allow: { write: [\"/srv/b\"] }"}"#);
    assert_eq!(crate::explain_link(denied(), "/srv/b", std::path::Path::new("/srv/b")), denied());
}
