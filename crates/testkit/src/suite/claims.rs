//! The list of all claims. A function that is missing here is no test, and a test of this file says so. Behind a claim
//! stands what it needs that a service elsewhere does not have ([`Needs`](crate::elsewhere::Needs)).

#[doc(hidden)]
#[macro_export]
macro_rules! claims {
    ($service:ty) => {
        $crate::each_claim_is_a_test! {
            $service;
            registry {
                every_resource_of_the_route_table_has_a_sample (NoService)
                a_new_resource_is_missed_until_it_has_a_sample (NoService)
                every_sample_and_every_exemption_names_a_resource (NoService)
                an_operation_asks_for_a_permission_of_its_own_resource (NoService)
            }
            ownership {
                every_operation_on_anothers_row_answers_as_if_it_were_absent
                an_id_that_is_spelt_differently_is_an_absent_one
                a_stale_entity_tag_tells_a_stranger_nothing
                a_stranger_who_tried_everything_has_changed_nothing
                a_stranger_with_every_role_changes_no_content_and_deletes_nothing
                a_list_shows_ones_own_rows_only
                a_cursor_of_anothers_list_opens_nothing
                the_same_subject_of_another_issuer_is_a_stranger (ServiceOfItsOwn)
            }
            versions {
                what_is_created_is_found_at_its_location_under_the_same_entity_tag
                a_head_is_a_get_without_its_body
                a_change_without_the_current_entity_tag_is_refused_and_changes_nothing
                a_change_makes_a_new_version_that_the_old_entity_tag_does_not_fit
                what_is_written_is_what_is_read
                of_writers_at_the_same_time_one_succeeds
            }
            idempotency {
                a_repeated_creation_creates_once_and_answers_the_same
                a_key_for_other_content_is_refused_and_creates_nothing
                anothers_key_is_a_key_of_its_own
                creations_at_the_same_time_with_one_key_make_one_row
                a_key_is_forgotten_after_its_retention (Clock)
            }
            pages {
                an_empty_list_is_a_page
                following_next_shows_every_row_once_newest_first
                a_page_is_bounded_and_its_query_is_read_strictly
                a_list_can_be_cut_down_by_each_filter_of_the_document
            }
            bodies {
                a_hostile_body_changes_nothing_and_is_not_repeated
                a_patch_of_nothing_is_refused_and_makes_no_version
            }
            members {
                a_sample_has_every_member_and_breaks_each (NoService)
                each_broken_member_is_named_with_its_code_and_changes_nothing
                values_at_the_edge_of_a_rule_are_kept_as_they_are
                what_the_server_decides_is_written_by_no_request
                a_required_member_that_is_missing_is_named_and_others_may_be
                only_a_member_that_may_be_absent_may_be_null
                a_value_beyond_the_bounds_of_the_document_is_refused
            }
            states {
                a_resource_with_states_says_so_in_its_sample (NoService)
                a_row_moves_along_the_arrows_and_no_other_way
                a_state_that_is_none_is_refused
                an_owner_whose_rows_another_moves_moves_none
                another_who_moves_a_row_changes_none_of_its_content
                what_is_fixed_after_the_first_state_stays_as_it_is
            }
            limits {
                an_owner_who_has_as_many_as_one_may_have_gets_no_more (Settings)
                creations_at_the_same_time_do_not_pass_the_bound_together (Settings)
                keys_of_rows_that_were_deleted_are_bounded_too (Settings)
                a_value_that_only_one_row_may_have_is_taken_for_its_owner_and_free_for_others
            }
            database {
                a_statement_names_its_columns (NoService)
                a_list_is_a_range_of_one_index (NoService)
                migrations_have_the_numbers_of_a_service (NoService)
                both_engines_have_the_same_migrations (NoService)
                both_engines_have_the_same_tables (NoService)
                every_table_of_a_slice_is_under_row_level_security (NoService)
            }
            data {
                every_column_has_a_class (NoService)
            }
            sweeps {
                an_operation_that_is_not_public_is_401_without_a_token
                an_operation_that_asks_for_a_permission_is_403_without_it
                a_scope_without_the_permission_is_403_and_with_nothing_else_is_not
                an_operation_that_asks_for_recent_authentication_is_401_with_an_old_one
                a_method_that_a_resource_does_not_have_is_405_with_the_others
                a_client_that_accepts_no_json_is_406
                a_body_of_another_type_is_415_with_the_one_that_is_read
                a_body_over_the_limit_is_413
                a_query_that_nobody_reads_is_400
            }
            matrix {
                the_matrix_is_the_committed_one
            }
            document {
                the_committed_document_is_the_generated_one (NoService)
                every_route_is_in_the_document_and_nothing_else_is (NoService)
                every_operation_has_its_own_id_and_says_who_may_call_it (NoService)
                every_reference_leads_somewhere (NoService)
                every_string_number_and_list_of_a_schema_has_bounds (NoService)
                an_answer_with_an_entity_tag_links_to_every_change_that_asks_for_one (NoService)
                what_the_document_declares_is_what_the_service_answers (Settings)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    /// The claims of each file in a directory: functions over any service.
    fn claims(directory: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(claims(&path));
                continue;
            }
            let text = fs::read_to_string(path).unwrap();
            let functions = text.lines().filter_map(|line| line.strip_prefix("pub fn "));
            let claims = functions.filter_map(|line| line.strip_suffix("<T: Sampled>() {"));
            found.extend(claims.map(str::to_owned));
        }
        found
    }

    #[test]
    fn every_claim_of_the_suite_is_in_the_list_once() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/suite");
        let list = fs::read_to_string(source.join("claims.rs")).unwrap();
        let (list, _) = list.split_once("#[cfg(test)]").unwrap();
        for claim in crate::at_least(50, claims(&source)) {
            let listed = list.split_whitespace().filter(|word| *word == claim);
            assert_eq!(listed.count(), 1, "{claim}");
        }
    }

    #[test]
    #[should_panic(expected = "0 of 1 cases")]
    fn a_walk_over_nothing_fails() {
        crate::at_least(1, [(); 0]);
    }
}
