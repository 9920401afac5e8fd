from django.db import migrations

from ratings_site.audit.append_only import refuse_changes


class Migration(migrations.Migration):
    dependencies = [("tapes", "0002_remember_reports_mappings_and_overrides")]

    operations = [
        refuse_changes("tapes_tape", when="status <> 'received'"),
        refuse_changes("tapes_tapeissue"),
        refuse_changes("tapes_mapping"),
        refuse_changes("tapes_override", when="status <> 'proposed'"),
    ]
