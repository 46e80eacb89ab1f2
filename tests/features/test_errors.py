import pytest

from features.errors import RecoupError, without_login


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://svc:hunter2@mlflow:5000", "http://***@mlflow:5000"),
        ("postgresql://u:hunter2@db/mlflow", "postgresql://***@db/mlflow"),
        ("postgresql://u:hun@ter2@db.local/x", "postgresql://***@db.local/x"),
        ("https://hunter2@host/path@2", "https://***@host/path@2"),
        ("http://mlflow:5000/a@b", "http://mlflow:5000/a@b"),
        ("models:/recovery@champion", "models:/recovery@champion"),
        ("sqlite:////var/mlflow.db", "sqlite:////var/mlflow.db"),
    ],
)
def test_an_address_is_told_without_the_login_that_it_holds(
    address: str, told: str
) -> None:
    assert without_login(f"at {address}: gone") == f"at {told}: gone"


def test_no_error_tells_the_login_of_an_address() -> None:
    error = RecoupError(
        "no http://svc:hunter2@mlflow:5000 answers",
        zh="http://svc:hunter2@mlflow:5000 无响应",
    )

    assert str(error) == "no http://***@mlflow:5000 answers"
    assert error.zh == "http://***@mlflow:5000 无响应"
