//! The request form and the `.http` text, two faces of one text. The form reads leniently, so that
//! a request half typed in one face is not lost in the other.

use crate::lab::format::snippet::{self, Sending};
use crate::protocol::{Burst, Capture, Command, Problem, RequestText};
use crate::web::json_text;

/// The commands a text stands for, one a request.
///
/// # Errors
/// What is no request, with its line.
pub fn commands(text: &str) -> Result<Vec<Command>, Problem> {
    let sendings = snippet::requests(text)?;
    Ok(sendings
        .into_iter()
        .map(|mut sending| {
            // A header row of the form that was never filled in is no header.
            let headers = &mut sending.request.headers;
            headers.retain(|(name, value)| !(name.trim().is_empty() && value.is_empty()));
            Command::from(sending)
        })
        .collect())
}

/// The one request a form can show.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Form {
    /// The request, as far as it is written.
    pub request: RequestText,
    /// How it is sent.
    pub burst: Burst,
    /// What is kept of its answer.
    pub captures: Vec<Capture>,
    /// Lines that only the text has a place for: remarks, and what is no directive yet.
    pub notes: Vec<String>,
}

impl Form {
    /// What the form shows of a text; none if the text holds several requests.
    pub fn read(text: &str) -> Option<Self> {
        if text.lines().any(|line| line.starts_with("###")) {
            return None;
        }
        Some(Self::whole(text).unwrap_or_else(|| Self::guess(text)))
    }

    fn whole(text: &str) -> Option<Self> {
        let [sending] = <[_; 1]>::try_from(snippet::requests(text).ok()?).ok()?;
        Some(Self {
            request: sending.request,
            burst: sending.burst,
            captures: sending.captures,
            notes: remarks(text),
        })
    }

    fn guess(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let (comments, lines): (Vec<&str>, Vec<&str>) = head
            .lines()
            .partition(|line| line.trim_start().starts_with(['#', '/']));
        let mut lines = lines.into_iter();
        let first = lines.next().unwrap_or("");
        let (method, url) = first.split_once(' ').unwrap_or((first, ""));
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            (name.to_owned(), value.trim_start().to_owned())
        });
        // How it is sent stands in lines of its own, whatever the others lack.
        let sent = Self::whole(&format!("{}\nGET /", comments.join("\n")));
        let sent = sent.unwrap_or_else(|| Self {
            notes: comments.into_iter().map(str::to_owned).collect(),
            ..Self::default()
        });
        Self {
            request: RequestText {
                method: method.to_owned(),
                url: url.trim().to_owned(),
                headers: headers.collect(),
                body: body.trim_end().to_owned(),
            },
            ..sent
        }
    }

    /// The text of what the form shows.
    pub fn write(&self) -> String {
        let sending = snippet::write(&Sending {
            request: self.request.clone(),
            burst: self.burst.clone(),
            captures: self.captures.clone(),
        });
        let notes = self.notes.iter().map(|note| format!("{note}\n"));
        notes.chain([sending]).collect()
    }
}

/// The comments before the body that are no directives.
fn remarks(text: &str) -> Vec<String> {
    let mut has_request = false;
    let mut all = Vec::new();
    for line in text.lines() {
        let start = line.trim_start();
        let comment = start.strip_prefix('#').or_else(|| start.strip_prefix("//"));
        match comment {
            Some(words) if words.trim_start().starts_with('@') => {}
            Some(_) => all.push(line.to_owned()),
            None if start.is_empty() && has_request => break,
            None => has_request |= !start.is_empty(),
        }
    }
    all
}

/// The body as it is best read: JSON indented, anything else as it is.
pub fn pretty(body: &str, media_type: &str) -> Option<String> {
    if !media_type.contains("json") {
        return None;
    }
    json_text::pretty(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_and_text_stay_in_step_while_one_types() {
        let steps = [
            "GET /books/1\n",
            "POST /books\nContent-Type: application/json\n\n{\"a\": 1}\n",
            "# @times 20\n# @every 50 ms\n# @client ada\n# @retry as-told\nGET /books\n",
            "# @page https://app.example/\n# @as form\n# @auth basic ada {{pin}}\nPOST /cart/{{id}}\n",
            "# @credentials omit\n# @capture id = jsonpath \"$.id\"\nGET \n",
            "# The first.\n# @times 2\nGET /books\n",
            "# @tim\nGET /books\n",
            "GET \n",
            "GET /books\n: \n",
            "GET /books\nAccep: \n",
        ];
        for text in steps {
            let form = Form::read(text).expect("one request");
            assert_eq!(form.write(), text);
        }
    }

    #[test]
    fn several_requests_are_for_the_text_alone() {
        assert_eq!(Form::read("GET /a\n###\nGET /b"), None);
        assert_eq!(commands("GET /a\n###\nGET /b").map(|c| c.len()), Ok(2));
    }

    #[test]
    fn an_empty_header_row_is_not_sent() {
        let commands = commands("GET /a\n: \nAccept: */*").expect("a request");
        let [Command::Send { request, .. }] = commands.as_slice() else {
            panic!("one request");
        };
        assert_eq!(request.headers, [("Accept".to_owned(), "*/*".to_owned())]);
    }
}
