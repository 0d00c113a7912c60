//! "The same endpoint in…": a route as code of a framework.
//!
//! [`handler`] says once what a route does; a stack is a Mustache template that writes it down,
//! under a head that names what differs from language to language. So a framework is one file.

mod handler;
mod member;
mod mustache;
mod stack;
mod statement;
mod tidy;

use serde::{Deserialize, Serialize};

use super::Export;
use super::endpoint::{Api, Endpoint};
use stack::Head;

/// A framework a route is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stack {
    /// Express, JavaScript.
    Express,
    /// NestJS, TypeScript.
    Nestjs,
    /// FastAPI, Python.
    Fastapi,
    /// Django with its REST framework, Python.
    Django,
    /// Spring Boot, Java.
    Spring,
    /// Gin, Go.
    Gin,
    /// Laravel, PHP.
    Laravel,
    /// ASP.NET Core, C#.
    Aspnet,
    /// axum, Rust.
    Axum,
}

impl Stack {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Express,
        Self::Nestjs,
        Self::Fastapi,
        Self::Django,
        Self::Spring,
        Self::Gin,
        Self::Laravel,
        Self::Aspnet,
        Self::Axum,
    ];

    /// The name on the command line and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Express => "express",
            Self::Nestjs => "nestjs",
            Self::Fastapi => "fastapi",
            Self::Django => "django",
            Self::Spring => "spring",
            Self::Gin => "gin",
            Self::Laravel => "laravel",
            Self::Aspnet => "aspnet",
            Self::Axum => "axum",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Express => "Express",
            Self::Nestjs => "NestJS",
            Self::Fastapi => "FastAPI",
            Self::Django => "Django",
            Self::Spring => "Spring Boot",
            Self::Gin => "Gin",
            Self::Laravel => "Laravel",
            Self::Aspnet => "ASP.NET Core",
            Self::Axum => "axum",
        }
    }

    /// Where its template is, below the folder of the labs.
    pub fn file(self) -> String {
        format!("stacks/{}.mustache", self.name())
    }
}

/// An endpoint in the framework that a template is for.
pub fn code(api: &Api<'_>, endpoint: &Endpoint<'_>, template: &str) -> Export {
    let head = Head::read(template);
    let data = handler::describe(api, endpoint, &head);
    Export {
        file_name: head.fill("file", &data),
        media_type: head.get("media type").to_owned(),
        text: tidy::tidy(
            &head.render(&data),
            head.get("media type").ends_with("python"),
        ),
    }
}
