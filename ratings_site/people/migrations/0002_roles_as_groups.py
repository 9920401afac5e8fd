"""Each role is a group of its name."""

from django.db import migrations

ROLES = (
    "analyst",
    "lead_analyst",
    "reviewer",
    "director",
    "committee_member",
    "chair",
    "secretary",
    "model_validator",
    "administrator",
    "compliance",
    "commercial",
    "researcher",
)


def create_groups(apps, schema_editor):
    groups = apps.get_model("auth", "Group")
    for name in ROLES:
        groups.objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(create_groups, migrations.RunPython.noop)]
