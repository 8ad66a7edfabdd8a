"""The kinds of trouble that a capture itself adds to those of the service."""

from enum import StrEnum


class TroubleKind(StrEnum):
    """Kinds of trouble that are not a fault of the service or the network (`service.faults.Kind`)."""

    ACCEPTED = "accepted"  # a refused or unconfirmed job of the same video turned out to be accepted
    BAD_FILE = "bad_file"  # a downloaded file failed the check
    CREATE_FAILED = "create_failed"  # every attempt to create a draft failed
    INTERNAL = "internal"  # an error in the add-on
    JOB_FAILED = "job_failed"  # the service reported the job as failed
    NO_TARGET = "no_target"  # the service doesn't report what a recovered job makes
    NOTED = "noted"  # another process noted a submission of this capture
    NOTES_LOST = "notes_lost"  # a capture that was begun is in no note, so it may be submitted already
    NOT_DELIVERED = "not_delivered"  # a result without a link to one of the files
    NOT_MINE = "not_mine"  # it was begun with another key, which pays for it
    OTHER_KEY = "other_key"  # the service doesn't know the job, and it was made with another key
    OTHER_TARGET = "other_target"  # the draft's targets are not the requested ones
    REFUSED = "refused_submission"  # the submission was refused with a reason
    STILL_DRAFT = "still_draft"  # a recovered job was never submitted
    TAKEN = "taken"  # a new draft has the id of another capture's job
    UNCONFIRMED = "unconfirmed"  # the service doesn't report whether it accepted the job
    UNKNOWN_JOB = "unknown_job"  # the service doesn't know a recovered job
