//! The requests by which an operator has a shared cache drop what it holds.

/// What a world's text is to say so that a purge takes a key.
const KEY: &str = "purge_key";

/// The request that drops what is stored under a key (`GET /books/1 · Accept: …`), as `.http` text.
/// Where the world's text names a key to purge with, its field is there to be filled in.
pub fn entry(key: &str, world_text: &str) -> String {
    request(key, "", world_text)
}

/// The request that drops all that has a tag, asked for at the address of one that has it.
pub fn tag(tag: &str, key: &str, world_text: &str) -> String {
    request(key, &format!("Cache-Tag: {tag}\n"), world_text)
}

/// The address a stored response is for, without the fields that select it.
pub fn url(key: &str) -> &str {
    let address = key.split_once(" · ").map_or(key, |(address, _)| address);
    address
        .split_once(' ')
        .map_or(address, |(_method, url)| url)
}

fn request(key: &str, fields: &str, world_text: &str) -> String {
    let is_asked = world_text
        .lines()
        .any(|line| line.trim_start().starts_with(KEY));
    let shown = if is_asked { "Purge-Key: \n" } else { "" };
    format!("PURGE {}\n{fields}{shown}", url(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purge_names_the_address_or_the_tag_and_leaves_the_key_open() {
        let keyed = "[cdn]\n  purge_key = \"s3cret\"\n";
        let varied = "GET /books/1?a=b · Accept-Language: de";
        assert_eq!(entry(varied, ""), "PURGE /books/1?a=b\n");
        assert_eq!(entry("GET /books", keyed), "PURGE /books\nPurge-Key: \n");
        assert_eq!(
            tag("books", "GET /books", keyed),
            "PURGE /books\nCache-Tag: books\nPurge-Key: \n"
        );
        assert_eq!(
            tag("books", "GET /books", "purge = true # no purge_key"),
            "PURGE /books\nCache-Tag: books\n"
        );
    }
}
