"""Which tests `make test` leaves to `make test-all`: they take long, and others show that the capability works."""

from collections.abc import Sequence

WHOLE_TESTS = (
    "tests/command/test_command_line.py::test_only_what_is_named_is_paid",
    "tests/command/test_command_line.py::test_work_in_the_output_is_not_overwritten",
    "tests/command/test_command_preview.py::test_the_character_moves_in_its_own_file",
    "tests/demo/test_contact_sheet.py::test_frames_are_whole",
    "tests/demo/test_contact_sheet.py::test_the_second_row_is_from_the_front_and_the_third_from_the_side",
    "tests/demo/test_demo.py::test_a_video_of_nobody_is_refused_in_words",
    "tests/demo/test_demo.py::test_the_right_arm_waves_as_the_person_does",
    "tests/faults/test_killed_at_random.py",
    "tests/faults/test_leases.py::test_a_dead_one_of_another_machine_only_at_the_users_word",
    "tests/faults/test_leases.py::test_a_silent_one_is_taken_over_and_stops_when_it_wakes",
    "tests/fuzz/test_fuzz.py::test_a_reader_that_fails_is_found",
    "tests/fuzz/test_fuzz.py::test_every_reader_takes_or_refuses_whatever_it_is_given",
    "tests/installed/test_videos_and_robots.py::test_a_video_in_meta_strips_is_captured_as_it_is_seen",
    "tests/installed/test_zip.py::test_blenders_validator_refuses_a_tag_that_the_store_does_not_know",
    "tests/installed/test_zip.py::test_blenders_validator_refuses_what_the_store_would",
    "tests/installed/test_zip.py::test_other_sources_give_other_bytes",
    "tests/installed/test_zip.py::test_the_same_sources_give_the_same_bytes",
    "tests/installed/test_zip_assets.py::test_only_the_manifest_of_a_zip_with_networks_names_their_licence",
    "tests/installed/test_zip_assets.py::test_the_zip_has_the_networks_and_their_licence",
    "tests/installed/test_zip_requests.py::test_the_other_zips_say_what_is_missing",
    "tests/jobs/test_life_model.py::TestSchedules::test_pairs",
    "tests/jobs/test_life_model.py::TestSchedules::test_random_schedules",
    "tests/jobs/test_trash.py::test_a_sweep_that_dies_is_finished_by_the_next",
    "tests/jobs/test_trash.py::test_whoever_dies_on_the_way_leaves_it_whole_on_one_side",
    "tests/media/figure/test_film.py::test_the_person_is_seen_where_the_performance_has_them",
    "tests/motion/retargeting/test_held_hands.py::test_bones_that_are_not_known_on_either_side_are_done_without",
    "tests/scene/fbx/test_fbx_hostile.py::test_the_scene_and_the_machine_are_as_before",
    "tests/scene/fbx/test_fbx_hostile.py::test_what_a_sound_structure_says_is_read_or_refused_in_words",
    "tests/scene/fbx/test_fbx_sampling.py::test_broken_absent_and_foreign_files",
    "tests/scene/preview/test_frame_pictures.py::test_large_frames_are_made_smaller_and_keep_their_shape",
    "tests/scene/rigs/test_rigify.py::test_a_switch_that_cannot_be_set_is_told",
    "tests/scene/rigs/test_rigify.py::test_planted_feet_stand_still",
    "tests/scene/rigs/test_rigify.py::test_whatever_carries_the_travel_the_mesh_goes_the_same_way",
    "tests/scene/rigs/test_rigify.py::test_where_solving_fails_nothing_has_changed",
    "tests/scene/rigs/test_rigify_ik.py::test_poles_and_other_parents",
    "tests/scene/rigs/test_rigify_ik.py::test_the_rig_with_fingers",
    "tests/scene/test_ground.py::test_feet_stand_on_a_ramp",
    "tests/scene/test_twist_real.py::test_no_joint_of_an_arm_with_twist_bones_has_most_of_a_twist",
    "tests/scene/video/test_render_clip.py::test_pictures_of_another_size",
    "tests/session/preview/test_previews.py::test_a_capture_of_the_same_range_takes_its_place",
    "tests/session/preview/test_previews.py::test_a_check_of_a_video_with_a_cut_and_a_moving_camera",
    "tests/session/preview/test_previews.py::test_a_file_that_is_gone_when_it_is_applied",
    "tests/session/preview/test_previews.py::test_another_person_is_followed_by_their_number",
    "tests/session/preview/test_previews.py::test_applied_again_to_another_character",
    "tests/session/preview/test_previews.py::test_the_script_of_the_page_for_pipelines",
    "tests/session/preview/test_previews.py::test_without_a_key_and_offline",
    "tests/test_newest.py::test_a_newer_one_for_a_python_that_is_not_here_is_told",
    "tests/test_newest.py::test_a_version_that_the_table_lacks_is_told_and_taken",
    "tests/test_newest.py::test_one_that_the_table_has_is_told_and_taken_too",
    "tests/test_newest.py::test_where_there_is_none_pips_own_words_are_told",
    "tests/vision/test_camera_motion.py::test_a_screen_that_plays_a_moving_film_is_no_moving_camera",
    "tests/vision/test_rendered_truth.py",
    "tests/vision/test_watching.py::test_a_cut_ends_the_track_and_is_said",
    "tests/vision/test_watching.py::test_larger_frames_give_the_same_person",
    "tests/vision/test_watching.py::test_the_chosen_one_is_watched_beside_a_larger",
    "tests/vision/test_watching.py::test_who_is_passed_by_another_stays",
    "tests/vision/test_watching.py::test_who_leaves_for_a_while_leaves_a_gap",
    "tests/vision/test_watching.py::test_who_runs_past_another_is_followed",
)

CASES_BUT_THE_FIRST = (
    "tests/demo/test_filmed_person_is_seen.py::test_the_filmed_person_is_seen_in_every_frame",
    "tests/faults/test_leases.py::test_a_killed_one_is_taken_over_by_itself",
    "tests/faults/test_leases.py::test_a_living_one_of_another_machine_stops_when_it_is_taken_over",
    "tests/installed/test_capture.py::test_capture_from_the_installed_zip",
    "tests/jobs/test_killed_process.py::test_one_charge",
    "tests/jobs/test_life_model.py::test_a_shortcut_is_caught",
    "tests/media/test_barcode_video.py::test_every_frame_of_the_file_tells_its_number",
    "tests/motion/feet/test_ground.py::test_a_foot_stands_on_the_edge_of_a_step_but_not_on_its_toes",
    "tests/motion/g1/test_pickles.py::test_a_pickle_takes_no_more_than_eight_times_its_size",
    "tests/motion/g1/test_reading.py::test_short_pieces_turned_anywhere_are_never_wrong_in_silence",
    "tests/motion/g1_retargeting/test_onto_g1.py::test_walk_and_wave_on_every_robot",
    "tests/motion/retargeting/test_limb_twist.py::test_twist_is_shared_out_smoothly_and_hand_and_limbs_stay",
    "tests/scene/fbx/test_fbx_hostile.py::test_a_picture_that_a_file_names_is_not_opened",
    "tests/scene/fbx/test_fbx_sampling.py::test_the_armature_objects_own_motion_is_in_the_bones",
    "tests/scene/g1/test_keys.py::test_back_from_the_rig_without_loss",
    "tests/scene/motion_files/test_exporting.py::TestRefused::test_where_nothing_can_be_written",
    "tests/scene/motion_files/test_exporting.py::test_only_deforming_bones_of_a_control_rig",
    "tests/scene/preview/test_frame_pictures.py::test_every_frame_or_as_many_as_30_a_second",
    "tests/scene/rigs/test_rigify.py::test_the_report_is_what_the_mesh_shows_and_few_frames_are_evaluated",
    "tests/scene/rigs/test_rigify.py::test_what_moves_the_mesh_points_as_the_source_does",
    "tests/scene/test_bone_detection_real.py::test_bones_are_found_whatever_all_names_share",
    "tests/scene/test_ground.py::test_feet_stand_on_steps",
    "tests/scene/test_retarget_check.py::test_the_report_is_what_a_judge_measures_in_all_frames",
    "tests/scene/test_retarget_judged.py::test_a_motion_goes_over",
    "tests/scene/test_retarget_judged.py::test_a_motion_with_all_bones_along_one_axis_at_rest_goes_over",
    "tests/scene/test_retarget_judged.py::test_feet_stand_on_stairs",
    "tests/scene/test_retarget_real.py::test_every_motion_goes_over_and_planted_feet_stand",
    "tests/scene/test_retarget_scale.py::test_it_travels_as_far_as_the_scale_says",
    "tests/scene/test_retarget_to_g1_real.py::test_real_motion_is_shown_within_what_the_robot_can_do",
    "tests/scene/video/test_camera_background.py::test_its_numbers_choose_the_picture",
    "tests/scene/video/test_camera_background.py::test_the_view_through_the_camera_shows_it",
    "tests/scene/video/test_meta_strips.py::test_its_clip_shows_what_is_shown_inside",
    "tests/scene/video/test_video_strips.py::test_a_movie_of_another_rate_runs_with_the_motion",
    "tests/scene/video/test_video_strips.py::test_the_source_is_seen_as_in_the_strip_that_was_captured",
    "tests/session/test_rendered_strips.py::test_just_the_strips_pictures_are_uploaded",
    "tests/test_release.py::test_a_version_that_does_not_follow_is_refused",
    "tests/ui/capture/test_both_sidebars.py::test_what_is_shown_is_looked_at",
    "tests/ui/capture/test_capture_again.py::test_what_makes_it_another_one",
    "tests/ui/capture/test_video_and_character.py::test_feet_strike_where_the_video_shows_it",
    "tests/ui/capture/test_video_and_character.py::test_the_same_from_the_file_that_the_service_delivers",
    "tests/ui/capture/test_video_operators.py::test_both_videos_run_with_the_motion",
    "tests/ui/g1/test_heat.py::test_each_act_is_one_undo_step",
    "tests/ui/motion/test_retarget_from.py::test_limbs_point_as_those_of_a_bvh",
    "tests/vision/test_camera_motion.py::test_the_cameras_motion_is_found",
)


def left_out(tests: Sequence[str]) -> list[int]:
    """Which of the collected tests are left out, by their places.

    Args:
        tests: Their names as pytest gives them (`module::test[case]`), in order.

    Raises:
        ValueError: A name above is no test's, though its module was collected.

    """
    out: list[int] = []
    for name in (*WHOLE_TESTS, *CASES_BUT_THE_FIRST):
        places = [
            place for place, test in enumerate(tests) if test == name or test.startswith((f"{name}[", f"{name}::"))
        ]
        module = name.partition("::")[0]
        if not places and any(test.startswith(module) for test in tests):
            raise ValueError(f"{name} is left to make test-all, and is no test.")
        out += places if name in WHOLE_TESTS else places[1:]
    return out
