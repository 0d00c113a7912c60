//! Debian's packages as a source for what is missing, by the machine's own mirror.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::project::{Project, which};
use crate::step::run;

/// The mirror and keys this machine's apt takes the distribution from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    uri: String,
    signed_by: Option<String>,
}

/// The machine's mirror, when this is a Debian with apt.
pub fn mirror() -> Option<Mirror> {
    which("apt-get")?;
    which("dpkg-deb")?;
    let codename = codename(&fs::read_to_string("/etc/os-release").ok()?)?;
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(folder) = fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(folder.flatten().map(|entry| entry.path()));
    }
    files.sort();
    files
        .iter()
        .filter_map(|path| fs::read_to_string(path).ok())
        .find_map(|text| find_mirror(&text, &codename))
}

/// The release's name in `/etc/os-release`.
fn codename(os_release: &str) -> Option<String> {
    os_release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .map(|name| name.trim_matches('"').to_owned())
}

/// The mirror of the release itself in one sources file: the entry that has the plain codename
/// among its suites (not `-security`, and no other vendor's). Reads both of apt's formats
/// (sources.list(5)).
fn find_mirror(text: &str, codename: &str) -> Option<Mirror> {
    let deb822 = text.split("\n\n").find_map(|stanza| {
        let field = |name: &str| {
            stanza
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .map(str::trim)
        };
        if !field("Suites")?
            .split_whitespace()
            .any(|suite| suite == codename)
        {
            return None;
        }
        let uri = field("URIs")?.split_whitespace().next()?.to_owned();
        let signed_by = field("Signed-By").map(str::to_owned);
        Some(Mirror { uri, signed_by })
    });
    deb822.or_else(|| {
        text.lines().find_map(|line| {
            let rest = line.trim().strip_prefix("deb ")?.trim_start();
            let (options, rest) = match rest.strip_prefix('[') {
                Some(rest) => rest.split_once(']')?,
                None => ("", rest),
            };
            let mut words = rest.split_whitespace();
            let uri = words.next()?.to_owned();
            let signed_by = options
                .split_whitespace()
                .find_map(|option| option.strip_prefix("signed-by="))
                .map(str::to_owned);
            (words.next()? == codename).then_some(Mirror { uri, signed_by })
        })
    })
}

/// A server's program on PATH, or where Debian puts it, which is not on everybody's PATH.
pub fn system_program(name: &str) -> Option<PathBuf> {
    let place = Path::new("/usr/sbin").join(name);
    which(name).or_else(|| place.is_file().then_some(place))
}

/// Whether this machine lets us install packages: apt is there, and we are root.
pub fn can_install(project: &Project) -> bool {
    which("apt-get").is_some() && is_root(project)
}

fn is_root(project: &Project) -> bool {
    project
        .command("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Installs one package of the machine's own release.
///
/// # Errors
/// apt has no such package, or cannot reach its mirror.
pub fn install(project: &Project, package: &str) -> Result<()> {
    let mut update = project.command("apt-get");
    let mut install = project.command("apt-get");
    update.arg("update");
    install.args(["install", "-y", "--no-install-recommends", package]);
    install.env("DEBIAN_FRONTEND", "noninteractive");
    // One vendor's broken source must not stop Debian's own; the install tells.
    let _ = run(project, "apt-update", &mut update);
    run(project, &format!("apt-{package}"), &mut install).map(drop)
}

/// Downloads one package of any Debian release into `folder` and unpacks it there. Nothing is
/// installed, and the machine's own apt configuration is not touched: apt works on a
/// configuration and lists of its own inside `folder`.
///
/// # Errors
/// The release has no such version, or apt cannot reach its mirror.
pub fn unpack(
    project: &Project,
    mirror: &Mirror,
    suite: &str,
    package: &str,
    folder: &Path,
) -> Result<()> {
    for part in ["lists/partial", "cache/archives/partial", "deb"] {
        fs::create_dir_all(folder.join(part))
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let sources = folder.join("sources.list");
    let options = match &mirror.signed_by {
        Some(keys) => format!("[signed-by={keys}] "),
        None => String::new(),
    };
    fs::write(
        &sources,
        format!("deb {options}{} {suite} main\n", mirror.uri),
    )?;

    let apt = |args: &[&str]| {
        let mut command = project.command("apt-get");
        command.current_dir(folder.join("deb"));
        for (key, value) in [
            ("Dir::Etc::sourcelist", sources.as_path()),
            ("Dir::Etc::sourceparts", Path::new("/dev/null")),
            ("Dir::State::lists", &folder.join("lists")),
            ("Dir::Cache", &folder.join("cache")),
        ] {
            command.arg("-o").arg(format!("{key}={}", value.display()));
        }
        // The folder may be closed to apt's own user.
        command.args(["-o", "APT::Sandbox::User="]);
        command.args(["-o", "Acquire::Languages=none"]).args(args);
        command
    };
    run(project, "apt-update", &mut apt(&["update"]))?;
    run(project, "apt-download", &mut apt(&["download", package]))?;
    let Some(file) = fs::read_dir(folder.join("deb"))?.flatten().next() else {
        bail!("apt downloaded no file for {package}");
    };
    let mut dpkg = project.command("dpkg-deb");
    dpkg.arg("-x").arg(file.path()).arg(folder.join("unpacked"));
    run(project, "dpkg-deb", &mut dpkg)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirror(uri: &str, keys: Option<&str>) -> Option<Mirror> {
        let signed_by = keys.map(str::to_owned);
        Some(Mirror {
            uri: uri.to_owned(),
            signed_by,
        })
    }

    #[test]
    fn the_mirror_of_the_release_is_found_in_both_formats() {
        let cases = [
            (
                "Types: deb\n# a comment\nURIs: http://mirror.example/security\nSuites: bookworm-security\nComponents: main\n\
                 \nTypes: deb\nURIs: http://mirror.example/debian http://other.example/debian\nSuites: bookworm bookworm-updates\n\
                 Components: main\nSigned-By: /usr/share/keyrings/k.gpg\n",
                mirror(
                    "http://mirror.example/debian",
                    Some("/usr/share/keyrings/k.gpg"),
                ),
            ),
            (
                "# deb http://old.example/debian bookworm main\ndeb http://vendor.example/apt stable main\n\
                 deb http://mirror.example/debian bookworm main contrib\n",
                mirror("http://mirror.example/debian", None),
            ),
            (
                "deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian bookworm main\n",
                mirror("http://mirror.example/debian", Some("/k.gpg")),
            ),
            ("deb http://vendor.example/apt stable main\n", None),
            ("", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(find_mirror(text, "bookworm"), wanted, "{text}");
        }
    }

    #[test]
    fn the_codename_is_read_with_and_without_quotes() {
        assert_eq!(
            codename("ID=debian\nVERSION_CODENAME=bookworm\n").as_deref(),
            Some("bookworm")
        );
        assert_eq!(
            codename("VERSION_CODENAME=\"trixie\"\n").as_deref(),
            Some("trixie")
        );
        assert_eq!(codename("ID=other\n"), None);
    }
}
