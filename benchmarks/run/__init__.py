"""Running a study: blocks on workers, stored, resumed, replayed."""
