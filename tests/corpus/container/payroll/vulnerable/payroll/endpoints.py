from enum import Enum

from dependency_injector.wiring import Provide, inject
from fastapi import APIRouter, Body, Depends, HTTPException

from payroll.auth import signed_in
from payroll.containers import Container
from payroll.employees import Employees

router = APIRouter(prefix="/employees")


class Department(str, Enum):
    sales = "sales"
    lab = "lab"


@router.get("")
@inject
def everyone(employees: Employees = Depends(Provide[Container.employees])):  # finding: unauthenticated-route
    return employees.everyone()


@router.get("/department/{department}")
@inject
def department(department: Department, who=Depends(signed_in), employees: Employees = Depends(Provide[Container.employees])):  # arguable: unowned-item
    return [  # finding: sensitive-attribute-in-response
        {"name": e["family_name"], "salary": e["salary"], "iban": e["iban"]} for e in employees.in_department(department.value)
    ]


@router.get("/{employee_id}")
@inject
def one(employee_id: str, who=Depends(signed_in), employees: Employees = Depends(Provide[Container.employees])):  # finding: unowned-item
    employee = employees.get(employee_id)
    if employee is None:
        raise HTTPException(404, "nobody by that number")
    return employee  # finding: whole-item-returned


@router.put("/{employee_id}/salary")
@inject
def salary(  # finding: unowned-item
    employee_id: str,
    amount: int = Body(),
    extra: dict = Body(default={}),
    who=Depends(signed_in),
    employees: Employees = Depends(Provide[Container.employees]),
):
    try:
        return {"employee": employees.raise_salary(employee_id, amount, extra)}  # finding: whole-item-returned
    except KeyError as missing:
        raise HTTPException(400, detail=f"failed: {missing}")  # finding: exception-text-returned
