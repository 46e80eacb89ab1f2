"""What administrators may not do alone: give themselves, or act as somebody else.

Whoever runs commands on the machine of the service holds its files and is not bound.
"""

from collections.abc import Collection

from features.errors import Finding, ForbiddenError
from serving.access.tables import Person
from serving.access.who import Role, Who

APPROVING: Role = "approver"
_PERSON, _PROVIDER = "person:", "oidc:"


def refuse_own(who: Who, person_id: str) -> None:
    """Refuse that somebody changes their own roles, or shuts themselves out.

    Raises:
        ForbiddenError: They are the person.
    """
    if _is(who, person_id):
        raise _refused(
            "own_roles",
            "nobody changes their own roles; ask another administrator",
            "不得变更本人的角色或状态；请由另一位管理员操作",
        )


def refuse_key(who: Who, person_id: str, roles: Collection[str]) -> None:
    """Refuse a key that may do more than whoever issues it.

    Raises:
        ForbiddenError: It would approve for another person, or speak for one's own in
            roles that the key which issues it has not.
    """
    if _is(who, person_id):
        _refuse_wider(who, roles)
    elif _is_person(who) and APPROVING in roles:
        raise _refused(
            "approves_for_another",
            f"a key with the role {APPROVING} is issued by its person alone; "
            "leave the role out",
            f"含 {APPROVING} 角色的密钥只能由本人签发；请去掉该角色",
        )


def refuse_link(who: Who, person: Person) -> None:
    """Refuse a link for somebody who signs on at the provider of their company.

    Raises:
        ForbiddenError: They do, or it would sign oneself in in roles that the key which
            asks for it has not.
    """
    if _is(who, person.id):
        _refuse_wider(who, person.roles)
    if _is_person(who) and (person.subject or "").startswith(_PROVIDER):
        raise _refused(
            "signs_on",
            "they sign on with their company account and need no link",
            "该人员以公司账号登录，无需一次性链接",
        )


def _refuse_wider(who: Who, roles: Collection[str]) -> None:
    """Refuse that a key makes up for the roles that were left out of it."""
    beyond = sorted(set(roles) - who.roles)
    if who.key is not None and beyond:
        raise _refused(
            "beyond_key",
            f"this key has not the role {', '.join(beyond)}; sign in to give it",
            f"本密钥不含 {'、'.join(beyond)} 角色；请登录后再授予",
        )


def _is_person(who: Who) -> bool:
    return who.id.startswith(_PERSON)


def _is(who: Who, person_id: str) -> bool:
    return who.id == f"{_PERSON}{person_id}"


def _refused(code: str, english: str, chinese: str) -> ForbiddenError:
    found = Finding(code, english, chinese, table="")
    return ForbiddenError(english, [found], chinese)
