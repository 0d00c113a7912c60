//! GlueSQL's own test suite on the storage, whole: 219 cases, none skipped.

#![allow(
    clippy::disallowed_methods,
    reason = "GlueSQL's NOW() is the real clock, and the suite compares with it"
)]

use backlab::sql::store::glue::GlueStorage;
use chrono::Utc;
use gluesql::core::prelude::Glue;
use gluesql_test_suite::*;

struct OnOurs {
    glue: Glue<GlueStorage>,
}

impl Tester<GlueStorage> for OnOurs {
    fn new(_name: &str) -> Self {
        let now = Utc::now().naive_utc();
        Self {
            glue: Glue::new(GlueStorage::new(now)),
        }
    }

    fn get_glue(&mut self) -> &mut Glue<GlueStorage> {
        &mut self.glue
    }
}

generate_store_tests!(test, OnOurs);
generate_index_tests!(test, OnOurs);
generate_transaction_tests!(test, OnOurs);
generate_alter_table_tests!(test, OnOurs);
generate_alter_table_index_tests!(test, OnOurs);
generate_transaction_alter_table_tests!(test, OnOurs);
generate_transaction_index_tests!(test, OnOurs);
generate_metadata_table_tests!(test, OnOurs);
generate_metadata_index_tests!(test, OnOurs);
generate_custom_function_tests!(test, OnOurs);
