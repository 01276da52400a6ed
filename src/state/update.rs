//! The two doors into the state: what a person asks for, and what the worker reports. Each only leads
//! on to the file of its concern.

use super::{Action, AppState, Connection, Deed, Dialog, Exporting, Pause};
use crate::message::{Command, Event, Worked};

impl AppState {
    /// Acts on what a person asked for. `now` is in seconds since 1970.
    #[must_use = "the commands are for the worker"]
    pub fn update(&mut self, action: Action, now: i64) -> Vec<Command> {
        let commands = self.act(action, now);
        self.follow(commands, now)
    }

    fn act(&mut self, action: Action, now: i64) -> Vec<Command> {
        match action {
            Action::Refresh => return self.refresh(),
            Action::Retry => return self.retry(now),
            Action::ChooseEngine => return self.choose_engine(),
            Action::FindEngines => return self.find_engines(),
            Action::SetAddress(typed) => self.set_address(typed),
            Action::UseEngine(endpoint) => return self.use_engine(endpoint, now),
            // The window is none of the state's.
            Action::OpenWindow(_) => self.leave_chooser(),
            Action::WindowUnopened(words) => self.activity.log(now, Deed::WindowUnopened(words)),
            Action::SetFilter(text) => self.filter(text),
            Action::SetPreset(preset) => self.tree.set_preset(preset),
            Action::SortBy(column) => {
                self.tree.sort_by(column);
                self.settings.sort = self.tree.sort();
            }
            Action::GroupBy(grouping) => self.group_by(grouping),
            Action::OpenGroups(open) => self.tree.open_groups(open),
            Action::Select(target) => self.select(target),
            Action::SelectRow(row) => self.select_row(row),
            Action::ToggleOpen(row) => self.toggle_open(row),
            Action::MoveCursor(step) => self.move_cursor(step),
            Action::Show(view) => self.show(view),
            Action::SetScope(scope) => self.set_scope(scope),
            Action::ToggleBundle(bundle) => self.left.toggle(bundle),
            Action::Mark(target) => self.mark([target]),
            Action::Unmark(target) => self.unmark([target]),
            Action::ToggleMarkOf(target) => self.toggle_mark_of(target),
            Action::ToggleMark(row) => self.toggle_mark(row),
            Action::MarkTo(row) => self.mark_to(row),
            Action::ExtendMarks(step) => self.extend_marks(step),
            Action::MarkShown => self.mark_shown(),
            Action::MarkChoice(choice) => self.mark_choice(&choice, now),
            Action::ClearMarks => self.clear_marks(),
            Action::ReviewMarked => self.review_marked(),
            Action::Review(target, way) => self.review(target, way),
            Action::SetWay(way) => self.change_review(Some(way), None),
            Action::LeaveOut(steps, out) => self.leave_out(&steps, out),
            Action::SetPrune(prune) => self.change_review(None, Some(prune)),
            Action::AcceptChanges => {
                self.accept_changes();
                self.accept_undo();
            }
            Action::Confirm if matches!(self.dialog, Dialog::Undo(_)) => return self.confirm_undo(now),
            Action::Confirm => return self.confirm(now),
            Action::ConfirmLastCopies => return self.confirm_last_copies(now),
            Action::ReconsiderLastCopies => self.remotes.review.is_warned = false,
            Action::LookUp(image) => return self.look_up(&image, now),
            Action::LookUpReview => return self.look_up_review(now),
            Action::SetReviewLookUp(choice) => self.settings.review_look_up = choice,
            Action::Registry(action) => return self.act_on_registries(action),
            Action::StopRun if self.is_undoing() => return self.stop_undo(),
            Action::StopRun => return self.stop_run(),
            Action::GoOn => return self.go_on(),
            Action::Export(wish) => self.export(wish, now),
            Action::CopyReport(of, anonymous) => return self.copy_report(of, anonymous, now),
            Action::TypeExportPath(folder) => self.type_export_path(&folder),
            Action::SetExportPath(path) => self.set_export_path(path),
            Action::ExportTo(path, replaces) => return self.export_to(path, replaces),
            Action::ExportCopied => self.exporting = Exporting::Copied,
            Action::OpenExported(_) | Action::ShowExported(_) => {}
            Action::ExportUnopened(words) => self.export_unopened(words),
            Action::CloseExport => self.close_export(),
            Action::ShowKept => self.show_kept(),
            Action::SetPattern(pattern) => self.set_pattern(pattern),
            Action::KeepPattern => self.keep_pattern(),
            Action::Keep(pin) => self.keep(pin),
            Action::Unpin(pin) => self.unpin(&pin),
            Action::Lift(image) => self.lift(image),
            Action::Restore(image) => self.restore(&image),
            Action::Archive(action) => return self.act_on_archives(action, now),
            Action::PlanAgain => self.plan_again(false),
            Action::PlanWithoutJournal => self.plan_again(true),
            Action::Undo(wanted) => return self.want_undo(wanted, now),
            Action::UndoWithoutJournal => self.undo_without_journal(),
            Action::ShowHistory => return self.show_history(),
            Action::ChangeHistory(change) => self.change_history(change),
            Action::DismissCutOff => return self.dismiss_cut_off(now),
            Action::CloseDialog => self.close_dialog(),
            Action::CloseWindow => {
                self.closing = true;
                return self.stop_if_closing();
            }
            Action::StayOpen => self.closing = false,
            Action::SetLanguage(language) => self.settings.language = language,
            Action::SetTheme(theme) => self.settings.theme = theme,
            Action::SetMotion(motion) => self.settings.motion = motion,
            Action::ShowColumn(column, shown) => self.settings.hidden_columns.set(column, !shown),
            Action::Placed(placement) => self.settings.window = Some(placement),
            Action::SettingsUnread(path, words) => {
                self.activity.log(now, Deed::SettingsUnread { path, words });
            }
            Action::SettingsUnsaved(path, words) => {
                self.activity.log(now, Deed::SettingsUnsaved { path, words });
            }
            Action::SettingsOfOthers(before, theirs) => self.take_settings_of_others(&before, &theirs),
            Action::WorkerLost => self.worker_lost(now),
        }
        Vec::new()
    }

    /// Takes in what the worker reports; late answers to old questions are dropped.
    #[must_use = "the commands are for the worker"]
    pub fn receive(&mut self, event: Event, now: i64) -> Vec<Command> {
        let commands = self.take_in(event, now);
        self.follow(commands, now)
    }

    /// Brings what is shown in step with what has changed, and asks for what is to be worked out.
    fn follow(&mut self, mut commands: Vec<Command>, now: i64) -> Vec<Command> {
        self.lay_out_registries();
        self.draw();
        commands.extend(self.weigh_marks());
        commands.extend(self.ask_for_draft());
        commands.extend(self.weigh_archive(now));
        commands.extend(self.watch_review(now));
        commands.extend(self.outdated.drain(..).map(Command::LetGo));
        commands
    }

    fn take_in(&mut self, event: Event, now: i64) -> Vec<Command> {
        match event {
            Event::Connected { generation, .. }
            | Event::Remembered { generation, .. }
            | Event::Forgotten { generation }
            | Event::TryingAgain { generation, .. }
            | Event::NoEngine { generation, .. }
            | Event::Listing { generation, .. }
            | Event::Observed { generation, .. }
            | Event::ListingFailed { generation, .. }
            | Event::EngineGone { generation, .. }
            | Event::Slept { generation }
            | Event::Unwatched { generation, .. }
                if !self.is_current(generation) => {}
            Event::Remembered { observation, at, .. } => self.remembered(observation, at),
            Event::Forgotten { .. } => self.forgotten(),
            Event::TryingAgain { seconds, .. } => {
                self.listing.again_at = i64::try_from(seconds).ok().map(|seconds| now + seconds);
            }
            Event::Connected { host, engine, .. } => self.connected(host, engine, now),
            Event::NoEngine { tried, unchosen, .. } => return self.no_engine(tried, unchosen, now),
            Event::EnginesFound { search, candidates } => return self.engines_found(search, candidates, now),
            Event::EngineProbed { search, at, probe } => return self.engine_probed(search, at, probe, now),
            Event::Listing { progress, .. } => self.listing_progress(progress),
            Event::Observed { observation, .. } => self.observed(observation, now),
            Event::ListingFailed { failure, .. } => self.listing_failed(failure, now),
            Event::EngineGone { failure, .. } => self.engine_gone(failure, now),
            Event::Slept { .. } => self.listing.outrun = self.listing.observation.is_some(),
            Event::Unwatched { forbidden, .. } => self.listing.unwatched = forbidden,
            Event::StepStarted { job, step } => self.step_started(job, step),
            Event::StepEnded { job, step, outcome } => self.step_ended(job, step, outcome, now),
            Event::RunPaused { job, pause, step, sent, failure } => {
                return self.run_paused(job, Pause { number: pause, step, sent, failure });
            }
            Event::RunEnded { job, outcome } => self.run_ended(job, outcome, now),
            Event::Saving { job, progress } => self.saving(job, progress),
            Event::Saved { job, saved } => return self.saved(job, saved, now),
            Event::Archives(read) => self.archives_read(read, now),
            Event::Restoring { job, progress } => self.restoring(job, progress),
            Event::RestoreEnded { job, result } => self.restore_ended(job, result, now),
            Event::ArchiveDeleted { archive, result } => return self.archive_deleted(archive, result, now),
            Event::UndoStepStarted { job, step } => self.undo_running(job, step, 0, 0),
            Event::UndoProgress { job, step, bytes, of } => self.undo_running(job, step, bytes, of),
            Event::UndoStepEnded { job, step, answer } => self.undo_step_ended(job, step, answer, now),
            Event::UndoEnded { job, ended } => self.undo_ended(job, ended, now),
            Event::Journalled { run, unwritten } => self.journalled(run, unwritten, now),
            Event::JournalRead(read) => self.journal_read(read, now),
            Event::CutOff(read) => self.cut_off(read, now),
            Event::JournalFailed(words) => self.activity.log(now, Deed::JournalFailed(words)),
            Event::WorkedOut { task, result: Worked::Outlook(outlook) } => self.marks_weighed(task, outlook),
            Event::WorkedOut { task, result: Worked::Draft(drafted) } => self.drafted(task, drafted),
            Event::NotWorkedOut { task, why } => {
                self.marks_not_weighed(task);
                self.not_drafted(task, why);
            }
            Event::ExportProgress { task, done, of } => self.export_progress(task, (done, of)),
            Event::Exported { task, result } => self.exported(task, result),
            Event::LookedUp { lookup, answers } => self.looked_up(lookup, answers, now),
            Event::RegistryListed { registry, catalog } => self.registry_listed(&registry, catalog, now),
            Event::TagsListed { registry, repository, tags } => {
                self.tags_listed(&registry, &repository, tags, now);
            }
        }
        Vec::new()
    }

    fn worker_lost(&mut self, now: i64) {
        if self.connection == Connection::WorkerLost {
            return;
        }
        self.connection = Connection::WorkerLost;
        self.listing.waiting = false;
        self.listing.progress = None;
        self.activity.log(now, Deed::WorkerLost);
        if self.is_running() {
            self.dialog = Dialog::None;
        }
    }
}
