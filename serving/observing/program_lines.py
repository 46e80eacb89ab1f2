"""Log lines of programs, which mostly have none: the form is made for the first one."""

import logging

from serving.settings import read_settings


class FirstLine(logging.Handler):
    """Sets up the form of lines when the first one is to be written."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line in the form of all that follow."""
        from serving.observing.log_lines import write_log_lines

        settings = read_settings()
        stated = "log_level" in settings.model_fields_set
        level = settings.log_level if stated else "warning"
        write_log_lines(settings.model_copy(update={"log_level": level}))
        root = logging.getLogger()
        if record.levelno >= root.level:
            root.handle(record)
