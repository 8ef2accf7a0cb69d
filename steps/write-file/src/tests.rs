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
    let host = Host::new().variable("Name", "Käse").secret("secret:00ff", "p#ss").variable("Password", "secret:00ff");
    let (template, path) = (host.work().join("app.ini.tmpl"), host.work().join("app.ini"));
    fs::write(&template, b"\xEF\xBB\xBFname=#{Name}\r\npassword=#{Password}\r\n").expect("it can be written");
    assert_snapshot!(write(&host, &json!({"path": path, "template": template})), @"wrote <work>/app.ini");
    assert_eq!(fs::read(&path).expect("it is there"), "\u{feff}name=Käse\r\npassword=p#ss\r\n".as_bytes());
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
fn a_link_is_replaced_and_not_followed() {
    let host = Host::new();
    let (path, other) = (host.work().join("link"), host.work().join("other"));
    fs::write(&other, "same").expect("it can be written");
    std::os::unix::fs::symlink(&other, &path).expect("it can be made");
    assert_snapshot!(write(&host, &json!({"path": path, "content": "same"})), @"wrote <work>/link");
    assert!(!path.is_symlink());
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
