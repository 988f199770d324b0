"""feedback_read.py FILE...: what others read in files of `make feedback`, by Python's own readers of zip, CSV and mail."""
import csv
import email
import email.policy
import sys
import zipfile


def show(text):
    return " | ".join(line.strip() for line in text.splitlines() if line.strip())


for path in sys.argv[1:]:
    if path.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            for entry in archive.infolist():
                print(entry.filename, "=", show(archive.read(entry).decode("utf-8")))
    elif path.endswith(".csv"):
        with open(path, newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file, strict=True):
                print(row["student_id"], "=", row["student"], "=", show(row["text_comment"]))
    else:
        with open(path, "rb") as file:
            raw = file.read()
        assert raw.count(b"\n") == raw.count(b"\r\n") and max(map(len, raw.split(b"\r\n"))) <= 76
        mail = email.message_from_bytes(raw, policy=email.policy.default)
        for part in mail.walk():
            assert not part.defects, part.defects
        assert not any(mail[name].defects for name in ("From", "To", "Subject", "Date"))
        assert sorted(mail.keys()) == ["Content-Type", "Date", "From", "MIME-Version", "Subject", "To"]
        print(mail["To"].addresses, "=", mail["Subject"], "=", mail["Date"].datetime.isoformat(), "=",
              show(mail.get_body().get_content()))
        for part in mail.iter_attachments():
            print(part.get_content_type(), part.get_filename(), "=", show(part.get_content()))
