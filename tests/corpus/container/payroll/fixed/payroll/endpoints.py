from enum import Enum

from botocore.exceptions import ClientError
from dependency_injector.wiring import Provide, inject
from fastapi import APIRouter, Body, Depends, HTTPException, Path

from payroll.auth import signed_in
from payroll.containers import Container
from payroll.employees import Employees

router = APIRouter(prefix="/employees")


class Department(str, Enum):
    sales = "sales"
    lab = "lab"


def officer(who: dict = Depends(signed_in)) -> dict:
    if who.get("role") != "payroll-officer":
        raise HTTPException(403, "payroll officers only")
    return who


@router.get("")
@inject
def everyone(who=Depends(officer), employees: Employees = Depends(Provide[Container.employees])):
    return [{"name": e["family_name"]} for d in Department for e in employees.in_department(d.value)]


@router.get("/department/{department}")
@inject
def department(department: Department, who=Depends(officer), employees: Employees = Depends(Provide[Container.employees])):
    return [{"name": e["family_name"], "team": e["team"]} for e in employees.in_department(department.value)]


@router.get("/{employee_id}")
@inject
def one(employee_id: int, who=Depends(officer), employees: Employees = Depends(Provide[Container.employees])):
    employee = employees.get(employee_id)
    if employee is None:
        raise HTTPException(404, "nobody by that number")
    return employee


@router.put("/{employee_id}/salary", status_code=204)
@inject
def salary(
    employee_id: str = Path(pattern="^[0-9]{6}$"),
    amount: int = Body(embed=True),
    who=Depends(officer),
    employees: Employees = Depends(Provide[Container.employees]),
):
    try:
        employees.raise_salary(employee_id, amount)
    except ClientError:
        raise HTTPException(400, detail="failed") from None
